import { jobKeyText, type Job, type JobKey, type TeamId } from '../../domain/job.ts';
import type { Signal } from '../../runtime/signal.ts';
import type { WrittenJob } from '../../store/job-store.ts';

/**
 * Tells who watches. It keeps no state of jobs: what is published reaches those who listen at that
 * moment, synchronously and in order, and is forgotten. Listeners must not throw.
 */
export interface Hub {
  /** Tells the job's listeners its newer state, and the team's listeners that something changed. */
  publish(job: Job): void;
  /** Listens to one job. The returned function ends it; calling it again does nothing. */
  listen(key: JobKey, hear: (job: Job) => void): () => void;
  /**
   * Is told that some job made here by the team changed, not which: the store knows. Ends like
   * `listen`.
   */
  listenTeam(team: TeamId, wake: () => void): () => void;
  /** Tells the team's listeners that something changed. */
  wakeTeam(team: TeamId): void;
  /** Whether anybody listens to the job. */
  isWatched(key: JobKey): boolean;
  /** Every job somebody listens to. */
  watchedKeys(): JobKey[];
  /** Every team that somebody listens to, as a team. */
  watchedTeams(): TeamId[];
}

/** A hub for one process, which publishes what `jobsWritten` tells. */
export function createHub(jobsWritten: Signal<readonly WrittenJob[]>): Hub {
  const jobs = new Map<string, { key: JobKey; listeners: Set<(job: Job) => void> }>();
  const teams = new Map<TeamId, Set<() => void>>();

  const wakeTeam = (team: TeamId): void => {
    for (const wake of teams.get(team) ?? []) wake();
  };

  const publish = (job: Job): void => {
    for (const hear of jobs.get(jobKeyText(job))?.listeners ?? []) hear(job);
    if (job.madeHere) wakeTeam(job.team);
  };

  jobsWritten.subscribe((written) => {
    for (const { stored, isNewVersion } of written) if (isNewVersion) publish(stored.job);
  });
  return {
    publish,
    wakeTeam,
    listen(key, hear) {
      const text = jobKeyText(key);
      const entry = jobs.get(text) ?? { key, listeners: new Set() };
      jobs.set(text, entry);
      entry.listeners.add(hear);
      return () => {
        entry.listeners.delete(hear);
        if (entry.listeners.size === 0 && jobs.get(text) === entry) jobs.delete(text);
      };
    },
    listenTeam(team, wake) {
      const listeners = teams.get(team) ?? new Set();
      teams.set(team, listeners);
      listeners.add(wake);
      return () => {
        listeners.delete(wake);
        if (listeners.size === 0 && teams.get(team) === listeners) teams.delete(team);
      };
    },
    isWatched: (key) => jobs.has(jobKeyText(key)),
    watchedKeys: () => [...jobs.values()].map((entry) => entry.key),
    watchedTeams: () => [...teams.keys()],
  };
}
