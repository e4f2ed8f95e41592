import { jobKeyText, type Job, type JobKey, type TeamId } from '../../domain/job.ts';
import type { Signal } from '../../runtime/signal.ts';
import type { WrittenJob } from '../../store/job-store.ts';

/** A job while somebody listens to it. */
export interface WatchedJob {
  readonly key: JobKey;
  /** Its row was marked as watched for those who listen, or is about to be. */
  isMarked: boolean;
  /**
   * Until when the row says so, in ms since the epoch: as it was last written here. 0: nothing was
   * since somebody listens.
   */
  markedUntil: number;
}

/**
 * Tells who watches. Of a job it keeps nothing but its mark: what is published reaches those who
 * listen at that moment, synchronously and in order, and is forgotten. Listeners must not throw.
 */
export interface Hub {
  /** Tells the job's listeners its newer state, and the team's listeners that something changed. */
  publish(job: Job): void;
  /**
   * Listens to one job. The returned function ends it, and tells the job when nobody else is left;
   * calling it again does nothing.
   */
  listen(key: JobKey, hear: (job: Job) => void): () => WatchedJob | null;
  /**
   * Is told that some job made here by the team changed, not which: the store knows. Ends like
   * `listen`.
   */
  listenTeam(team: TeamId, wake: () => void): () => void;
  /** Tells the team's listeners that something changed. */
  wakeTeam(team: TeamId): void;
  /** Whether anybody listens to the job. */
  isWatched(key: JobKey): boolean;
  /** The job, if anybody listens to it. */
  watchedJob(key: JobKey): WatchedJob | null;
  /** Every job somebody listens to. */
  watchedJobs(): WatchedJob[];
  /** Every team that somebody listens to, as a team. */
  watchedTeams(): TeamId[];
}

interface Listened extends WatchedJob {
  readonly listeners: Set<(job: Job) => void>;
}

/** A hub for one process, which publishes what `jobsWritten` tells. */
export function createHub(jobsWritten: Signal<readonly WrittenJob[]>): Hub {
  const jobs = new Map<string, Listened>();
  const teams = new Map<TeamId, Set<() => void>>();

  const wakeTeam = (team: TeamId): void => {
    for (const wake of teams.get(team) ?? []) wake();
  };

  const tell = (job: Job, listened: Listened | undefined): void => {
    if (listened !== undefined) for (const hear of listened.listeners) hear(job);
    if (job.madeHere) wakeTeam(job.team);
  };

  jobsWritten.subscribe((written) => {
    for (const { stored, isNewVersion } of written) {
      const listened = jobs.size === 0 ? undefined : jobs.get(jobKeyText(stored.job));
      if (listened !== undefined) listened.markedUntil = stored.schedule.watchedUntil;
      if (isNewVersion) tell(stored.job, listened);
    }
  });
  return {
    publish: (job) => tell(job, jobs.get(jobKeyText(job))),
    wakeTeam,
    listen(key, hear) {
      const text = jobKeyText(key);
      const listened = jobs.get(text) ?? {
        key,
        isMarked: false,
        markedUntil: 0,
        listeners: new Set(),
      };
      jobs.set(text, listened);
      listened.listeners.add(hear);
      return () => {
        listened.listeners.delete(hear);
        if (listened.listeners.size > 0 || jobs.get(text) !== listened) return null;
        jobs.delete(text);
        return listened;
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
    watchedJob: (key) => jobs.get(jobKeyText(key)) ?? null,
    watchedJobs: () => [...jobs.values()],
    watchedTeams: () => [...teams.keys()],
  };
}
