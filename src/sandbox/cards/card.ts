import type { Behaviour, SandboxJobKind } from '../behaviour.ts';

/** A test card: a name that, found in a URL's path, changes how a job behaves. */
export interface Card {
  readonly name: string;
  /**
   * The kinds of job it acts on, unless the URL narrows it with `analysis-` or `task-` in front of
   * the name.
   */
  readonly actsOn: readonly SandboxJobKind[];
  /** What it does, in one sentence. */
  readonly does: string;
  readonly effect: Partial<Behaviour>;
}

type Effect = Card['effect'];

/** A card for analyses. */
export function analysisCard(name: string, does: string, effect: Effect): Card {
  return { name, actsOn: ['analysis'], does, effect };
}

/** A card for tasks. */
export function taskCard(name: string, does: string, effect: Effect): Card {
  return { name, actsOn: ['task'], does, effect };
}

/** A card for both kinds of job. */
export function jobCard(name: string, does: string, effect: Effect): Card {
  return { name, actsOn: ['analysis', 'task'], does, effect };
}
