import { GatewayError, notOfThisFeed, OutcomeUnknownError } from '../domain/errors.ts';
import { asHeadSwapTask, jobKeyText, type Job, type JobKey } from '../domain/job.ts';
import { isFinal } from '../domain/status.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Store } from '../store/store.ts';
import type { ReadCredits } from './credits.ts';
import type { JobLookup } from './job-lookup.ts';
import type { Hub } from './watching/hub.ts';
import type { WatchedJobs } from './watching/watched-jobs.ts';
import type { Jobs } from './jobs.ts';
import type { Purchases } from './purchases/purchases.ts';
import { watchJob } from './watching/watch.ts';
import { watchTeam } from './watching/watch-team.ts';

/** What the verbs are made of. */
export interface JobsParts {
  readonly store: Store;
  readonly readCredits: ReadCredits;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly finder: JobLookup;
  readonly interest: WatchedJobs;
  readonly purchases: Purchases;
  /** A key that no caller will ever use. */
  readonly newKey: () => string;
}

/** The most changes of a team that are read at once. */
const CHANGES_PAGE = 50;

/** The verbs that resolvers may call. */
export function createJobs(parts: JobsParts): Jobs {
  const { store, readCredits, hub, clock, finder, interest, purchases, newKey } = parts;

  /** What we know, at once: the poller is told to look where that may be old. Only an unknown job is waited for. */
  const present = async (key: JobKey): Promise<Job> => {
    const known = await store.recallJobs([key]);
    const [stored] =
      known.length > 0 || (await finder.find(key)) === null ? known : await store.recallJobs([key]);
    if (stored === undefined) throw new GatewayError('NOT_FOUND', 'There is no such job.');
    if (!isFinal(stored.job.status)) interest.begin(key, finder.lookWithinMs(stored));
    return stored.job;
  };

  return {
    storeId: store.id,
    find: (key) => finder.find(key),
    async known(keys) {
      const stored = new Map(
        (await store.recallJobs(keys)).map(({ job }) => [jobKeyText(job), job] as const),
      );
      return keys.map((key) => stored.get(jobKeyText(key)) ?? null);
    },
    list: (query) => store.listJobs(query),
    async submitAnalysis(team, { videoUrl, idempotencyKey }) {
      try {
        return await purchases.buyAnalysis(team, videoUrl, idempotencyKey ?? newKey());
      } catch (error) {
        if (idempotencyKey === null && error instanceof OutcomeUnknownError) {
          throw new OutcomeUnknownError('ANALYSIS', null);
        }
        throw error;
      }
    },
    createHeadSwapTask: (team, input) => purchases.buyTask(team, input),
    async createResult(team, idempotencyKey) {
      const key = { team, mutation: 'createHeadSwapTask', key: idempotencyKey } as const;
      const job = await purchases.resultOf(key);
      return job === null ? null : asHeadSwapTask(job);
    },
    creditBalance: readCredits,
    watch: (key, after) =>
      watchJob({
        after,
        present: () => present(key),
        listen(hear) {
          const stop = hub.listen(key, hear);
          return () => {
            stop();
            if (!hub.isWatched(key)) interest.end(key);
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
    sequence: (team) => store.readSequence(team),
  };
}
