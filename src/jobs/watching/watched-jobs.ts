import { jobKeyText, type JobKey } from '../../domain/job.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { WatchedJobs as InterestRow } from '../../store/schedule-store.ts';
import type { Store } from '../../store/store.ts';
import type { StoredJob } from '../../store/job-store.ts';
import type { Poller } from '../polling/poller.ts';
import type { Hub } from './hub.ts';

/**
 * Makes the poller, wherever it runs, look sooner at jobs that somebody here watches. WatchedJobs is written into the job's
 * row with an end, and renewed while a watcher is left; when the last one goes it is taken back, unless somebody may be
 * watching at another instance, and should this process die it ends by itself. Changes are gathered, so that thousands of
 * watchers coming or going at once are one write; none is ever waited for, because a lost one only makes the next look later.
 */
export interface WatchedJobs {
  /** Somebody begins to watch this job, which is to be looked at within so many ms of the last look. */
  begin(key: JobKey, withinMs: number): void;
  /** The last watcher of this job went. */
  end(key: JobKey): void;
  stop(): void;
}

/** What interest is made of. */
export interface WatchedJobsParts {
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  /** How long after one look at a watched job the next one should come, in milliseconds. */
  readonly lookWithinMs: (stored: StoredJob) => number;
  /** Jobs may become due sooner. */
  readonly poller: Pick<Poller, 'lookBy'>;
}

/** How often interest is renewed. */
const RENEW_MS = 10_000;

/** How long interest lasts unless renewed: two renewals may be missed. */
const INTEREST_MS = 3 * RENEW_MS;

/** How long changes are gathered. */
const GATHER_MS = 20;

/** Starts renewing. */
export function startWatchedJobs(parts: WatchedJobsParts): WatchedJobs {
  const { store, hub, clock, log, lookWithinMs, poller } = parts;
  /** The jobs whose interest is written or about to be. */
  const marked = new Set<string>();
  let begun = new Map<string, InterestRow>();
  let ended = new Map<string, InterestRow>();
  let cancelFlush: CancelTimer | null = null;
  let cancelRenewal: CancelTimer = () => undefined;
  let stopped = false;

  const attempt = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      const message = messageOf(error);
      log.warn({ error: message }, 'WatchedJobs in jobs could not be written');
    });

  const mark = async (rows: readonly InterestRow[], until: number): Promise<void> => {
    if (rows.length > 0) await store.markWatched(rows, until);
  };

  const flush = async (): Promise<void> => {
    const [coming, going] = [[...begun.values()], [...ended.values()]];
    begun = new Map();
    ended = new Map();
    // Somebody may watch at another instance; what nobody renews ends by itself.
    if (!store.isShared) await mark(going, 0);
    await mark(coming, clock.now() + INTEREST_MS);
    if (coming.length > 0) poller.lookBy(clock.now());
  };

  const flushSoon = (): void => {
    if (stopped) return;
    cancelFlush ??= clock.after(GATHER_MS, () => {
      cancelFlush = null;
      void attempt(flush());
    });
  };

  const renewAll = async (): Promise<void> => {
    const stored = await store.readJobs(hub.watchedKeys());
    await mark(
      stored.map((entry) => ({ key: entry.job, withinMs: lookWithinMs(entry) })),
      clock.now() + INTEREST_MS,
    );
    poller.lookBy(clock.now());
  };

  const renewLater = (): void => {
    cancelRenewal = clock.after(RENEW_MS, () => {
      const work = hub.watchedKeys().length === 0 ? Promise.resolve() : attempt(renewAll());
      void work.then(() => {
        if (!stopped) renewLater();
      });
    });
  };

  renewLater();
  return {
    begin(key, withinMs) {
      const text = jobKeyText(key);
      ended.delete(text);
      if (marked.has(text)) return;
      marked.add(text);
      begun.set(text, { key, withinMs });
      flushSoon();
    },
    end(key) {
      const text = jobKeyText(key);
      begun.delete(text);
      if (!marked.delete(text)) return;
      ended.set(text, { key, withinMs: null });
      flushSoon();
    },
    stop() {
      stopped = true;
      cancelFlush?.();
      cancelRenewal();
    },
  };
}
