import { GatewayError, notOfThisFeed } from '../../domain/errors.ts';
import { isFinal, type Job, type JobKey, type TeamId } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Store } from '../../store/store.ts';
import type { JobStream, TeamEvent } from '../jobs.ts';
import type { Polling } from '../polling/polling.ts';
import type { Hub } from './hub.ts';
import { startRemoteChanges } from './remote-changes.ts';
import { watchJob, type LatestStates } from './watch-job.ts';
import { watchTeam } from './watch-team.ts';
import { startWatchedJobs } from './watched-jobs.ts';

/** Streams of what becomes of jobs. */
export interface Watching {
  /** See Jobs.watch. */
  watchJob(key: JobKey, after: number | null): Promise<LatestStates>;
  /** See Jobs.watchTeam. */
  watchTeam(team: TeamId, after: number | null): Promise<JobStream<TeamEvent>>;
  /** What watchers learn from other instances, and the poller of them, ends. */
  stop(): void;
}

export interface WatchingParts {
  readonly store: Store;
  readonly hub: Hub;
  readonly polling: Pick<Polling, 'find' | 'recall' | 'lookWithinMs' | 'lookBy'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The most changes of a team that are read at once. */
const CHANGES_PAGE = 50;

/** Starts to bring what other instances change. */
export function startWatching({ store, hub, polling, clock, log }: WatchingParts): Watching {
  const watchedJobs = startWatchedJobs({ store, hub, polling, clock, log });
  const remoteChanges = startRemoteChanges({ store, hub, clock, log });

  /**
   * What we know, at once: the poller is told to look where that may be old. Only an unknown job is
   * waited for.
   */
  const present = async (key: JobKey): Promise<Job> => {
    const recalled = polling.recall(key);
    const known = recalled === null ? await store.recallJobs([key]) : [recalled];
    const [stored] =
      known.length > 0 || (await polling.find(key)) === null
        ? known
        : await store.recallJobs([key]);
    if (stored === undefined) throw new GatewayError('NOT_FOUND', 'There is no such job.');
    if (!isFinal(stored.job.status)) watchedJobs.begin(key, polling.lookWithinMs(stored));
    return stored.job;
  };

  return {
    watchJob: (key, after) =>
      watchJob({
        after,
        present: () => present(key),
        listen(hear) {
          let isOver = false;
          const stop = hub.listen(key, (job) => {
            isOver = isFinal(job.status);
            hear(job);
          });
          return () => {
            const left = stop();
            if (left !== null) watchedJobs.end(left, isOver);
          };
        },
      }),
    watchTeam: (team, after) =>
      watchTeam({
        listen: (wake) => hub.listenTeam(team, wake),
        readChanges: (position) => store.readChanges(team, position, CHANGES_PAGE),
        async begin() {
          const position = await store.readSequence(team);
          if (after === null) return { first: await store.readUnfinished(team), position };
          if (after > position) throw notOfThisFeed();
          return { first: [], position: after };
        },
        clock,
      }),
    stop() {
      watchedJobs.stop();
      remoteChanges.stop();
    },
  };
}
