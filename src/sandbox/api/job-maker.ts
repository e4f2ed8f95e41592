import type { Team } from '../accounts.ts';
import type { AnalysisRecord } from '../records.ts';
import type { Settings } from '../settings.ts';
import type { SandboxState } from '../state/state.ts';

/** What analyses and tasks have in common when they are new. */
export type NewJob = Omit<AnalysisRecord, 'record'>;

/** Makes what begins now, under an id that no other job has. */
export type JobMaker = (team: Team, videoUrl: string, durationMs: number) => NewJob;

function hexDigits(count: number, random: () => number): string {
  return Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');
}

/**
 * Ids are shaped like AKOOL's: 24 hex digits, the first eight of them the second they were made in.
 */
export function createJobMaker(state: SandboxState, settings: Settings): JobMaker {
  const { clock, random } = settings;
  const newId = (): string => {
    const seconds = Math.floor(clock.now() / 1000).toString(16);
    const id = seconds.padStart(8, '0') + hexDigits(16, random);
    return state.analyses.has(id) || state.tasks.has(id) ? newId() : id;
  };
  return (team, videoUrl, durationMs) => {
    const createdAt = clock.now();
    return { id: newId(), supportId: newId(), team: team.id, createdAt, durationMs, videoUrl };
  };
}
