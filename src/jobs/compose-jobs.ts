import { OutcomeUnknownError } from '../domain/errors.ts';
import { asHeadSwapTask, jobKeyText } from '../domain/job.ts';
import type { Store } from '../store/store.ts';
import type { ReadCredits } from './credits.ts';
import type { Jobs } from './jobs.ts';
import type { Polling } from './polling/polling.ts';
import type { Purchases } from './purchases/purchases.ts';
import type { Watching } from './watching/watching.ts';

export interface JobsParts {
  readonly store: Store;
  readonly readCredits: ReadCredits;
  readonly polling: Pick<Polling, 'findSoon' | 'recent'>;
  readonly watching: Watching;
  readonly purchases: Purchases;
  /** A key that no caller will ever use. */
  readonly newKey: () => string;
}

/** The verbs that resolvers may call. */
export function composeJobs(parts: JobsParts): Jobs {
  const { store, readCredits, polling, watching, purchases, newKey } = parts;
  return {
    storeId: store.id,
    find: (key) => polling.findSoon(key),
    recent: (key) => polling.recent(key),
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
          throw new OutcomeUnknownError('ANALYSIS', null, error.words);
        }
        throw error;
      }
    },
    createHeadSwapTask: purchases.buyTask,
    async createResult(team, idempotencyKey) {
      const key = { team, mutation: 'createHeadSwapTask', key: idempotencyKey } as const;
      const job = await purchases.resultOf(key);
      return job === null ? null : asHeadSwapTask(job);
    },
    creditBalance: readCredits,
    watch: (key, after) => watching.watchJob(key, after),
    watchTeam: (team, after) => watching.watchTeam(team, after),
    sequence: (team) => store.readSequence(team),
  };
}
