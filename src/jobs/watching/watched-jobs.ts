import { jobKeyText, type JobKey } from '../../domain/job.ts';
import { createBatch } from '../../runtime/batch.ts';
import { repeat, type Clock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { WatchMark } from '../../store/schedule-store.ts';
import type { Store } from '../../store/store.ts';
import type { Polling } from '../polling/polling.ts';
import type { Hub } from './hub.ts';

/**
 * Makes the poller, wherever it runs, look sooner at jobs that somebody here watches. A job's row
 * says until when it is watched. That is renewed while a watcher is left here, taken back when the
 * last one goes, unless another instance may have some, and runs out by itself should this process
 * die. Changes are gathered, so that thousands of watchers coming or
 * going at once are one write; none is ever waited for, because a lost one only makes the next look
 * later.
 */
export interface WatchedJobs {
  /**
   * Somebody begins to watch this job, which is to be looked at within so many ms of the last look.
   */
  begin(key: JobKey, withinMs: number): void;
  /** The last watcher of this job went. */
  end(key: JobKey): void;
  stop(): void;
}

export interface WatchedJobsParts {
  readonly store: Store;
  readonly hub: Hub;
  readonly polling: Pick<Polling, 'lookWithinMs' | 'lookBy'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often it is renewed that a job is watched. */
const RENEW_MS = 10_000;

/** How long a job counts as watched unless renewed: two renewals may be missed. */
const WATCHED_MS = 3 * RENEW_MS;

/** How long changes are gathered. */
const GATHER_MS = 20;

/** Starts renewing. */
export function startWatchedJobs(parts: WatchedJobsParts): WatchedJobs {
  const { store, hub, polling, clock, log } = parts;
  /** The jobs that are marked as watched or about to be. */
  const marked = new Set<string>();

  const failed = (error: unknown): void =>
    log.warn({ error: messageOf(error) }, 'Which jobs are watched could not be written');
  const mark = async (marks: readonly WatchMark[], until: number): Promise<void> => {
    if (marks.length > 0) await store.markWatched(marks, until);
  };
  const markComing = async (marks: readonly WatchMark[]): Promise<void> => {
    await mark(marks, clock.now() + WATCHED_MS);
    if (marks.length > 0) polling.lookBy(clock.now());
  };

  /** A mark without `withinMs` is taken back. */
  const write = async (marks: readonly WatchMark[]): Promise<void> => {
    const latest = [...new Map(marks.map((each) => [jobKeyText(each.key), each])).values()];
    // Somebody may watch at another instance; what nobody renews ends by itself.
    if (!store.isShared) {
      await mark(
        latest.filter(({ withinMs }) => withinMs === null),
        0,
      );
    }
    await markComing(latest.filter(({ withinMs }) => withinMs !== null));
  };
  const changes = createBatch<WatchMark>({
    clock,
    gatherMs: GATHER_MS,
    run: (marks) => write(marks).catch(failed),
  });

  const renewAll = async (): Promise<void> => {
    const keys = hub.watchedKeys();
    const stored = keys.length === 0 ? [] : await store.readJobs(keys);
    await markComing(
      stored.map((each) => ({ key: each.job, withinMs: polling.lookWithinMs(each) })),
    );
  };
  const stopRenewing = repeat({ clock, everyMs: RENEW_MS, work: renewAll, onError: failed });

  return {
    begin(key, withinMs) {
      const text = jobKeyText(key);
      if (marked.has(text)) return;
      marked.add(text);
      changes.add([{ key, withinMs }]);
    },
    end(key) {
      if (marked.delete(jobKeyText(key))) changes.add([{ key, withinMs: null }]);
    },
    stop() {
      changes.stop();
      stopRenewing();
    },
  };
}
