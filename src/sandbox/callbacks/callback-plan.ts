import type { Behaviour } from '../behaviour.ts';

/** One callback that a task owes. Its place in the plan is its name in the state file. */
export interface PlannedCallback {
  /**
   * When it is first sent, in milliseconds after the task was made; null: before the create is
   * answered.
   */
  readonly atMs: number | null;
  /** What it says of the task. */
  readonly status: 2 | 3 | 4;
}

/**
 * The callbacks of a task that takes `durationMs`, in the order in which they are sent.
 * Usually one, when the task ends; a task that never ends owes none for its end.
 */
export function callbackPlan(durationMs: number, behaviour: Behaviour): readonly PlannedCallback[] {
  const finalAt = durationMs * (1 + behaviour.callbackDelay);
  const ends = behaviour.ending === 'completed' || behaviour.ending === 'failed';
  const plan: PlannedCallback[] = [];
  if (behaviour.callbackEarly) plan.push({ atMs: null, status: 2 });
  if (behaviour.callbackUnderway) plan.push({ atMs: durationMs * 0.5, status: 2 });
  if (behaviour.callbackLies) plan.push({ atMs: durationMs * 0.5, status: 4 });
  if (ends) plan.push({ atMs: finalAt, status: behaviour.ending === 'failed' ? 4 : 3 });
  if (ends && behaviour.callbackReordered) {
    plan.push({ atMs: finalAt + durationMs * 0.1, status: 2 });
  }
  return plan.flatMap((callback) =>
    Array.from({ length: behaviour.callbackCopies }, () => callback),
  );
}
