import { type Behaviour, type SandboxJobKind, USUAL_BEHAVIOUR } from '../behaviour.ts';
import type { AnalysisRecord, TaskRecord } from '../records.ts';
import { CARDS } from './cards.ts';

// Longer names first, so that `submit-rate-limited` is not read as `rate-limited`. A letter on
// either side makes it another word: `progress.mp4` has nothing to do with `regress`.
const NAMES = CARDS.map((card) => card.name).sort((a, b) => b.length - a.length);
const IN_PATH = new RegExp(
  `(?<![a-z])(?:(?<narrowed>analysis|task)-)?(?<name>${NAMES.join('|')})(?![a-z])`,
  'gi',
);

/**
 * Null: the text is no URL. On Node 20 URL.canParse refuses hosts such as bücher.example at times.
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/**
 * The names of the cards that a URL's path holds for one kind of job, in the order of the table.
 * Host and query are not looked at; a text that is no URL holds none.
 */
export function cardsIn(url: string, kind: SandboxJobKind): readonly string[] {
  const path = parseUrl(url)?.pathname ?? '';
  const named = new Set<string>();
  for (const match of path.matchAll(IN_PATH)) {
    const name = match.groups?.['name']?.toLowerCase();
    const card = CARDS.find((candidate) => candidate.name === name);
    const narrowed = match.groups?.['narrowed']?.toLowerCase();
    if (card && (narrowed ? narrowed === kind : card.actsOn.includes(kind))) named.add(card.name);
  }
  return CARDS.filter((card) => named.has(card.name)).map((card) => card.name);
}

/**
 * How a job behaves: the usual way, changed by every card in its URLs. Faces only speak for tasks.
 */
export function behaviourOf(
  kind: SandboxJobKind,
  videoUrl: string,
  faceUrls: readonly string[] = [],
): Behaviour {
  const named = new Set([videoUrl, ...faceUrls].flatMap((url) => cardsIn(url, kind)));
  const behaviour = { ...USUAL_BEHAVIOUR };
  for (const card of CARDS) {
    if (named.has(card.name)) Object.assign(behaviour, card.effect);
  }
  return behaviour;
}

/** How a job that was accepted behaves. */
export function behaviourOfJob(job: AnalysisRecord | TaskRecord): Behaviour {
  return job.record === 'task'
    ? behaviourOf('task', job.videoUrl, job.faceUrls)
    : behaviourOf('analysis', job.videoUrl);
}
