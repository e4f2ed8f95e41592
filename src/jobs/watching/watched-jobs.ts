import { jobKeyText, type JobKey } from '../../domain/job.ts';
import { createBatch } from '../../runtime/batch.ts';
import { repeat, type Clock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { WatchMark } from '../../store/schedule-store.ts';
import type { Store } from '../../store/store.ts';
import { WATCHED_MS } from '../polling/schedule.ts';
import type { Polling } from '../polling/polling.ts';
import type { Hub, WatchedJob } from './hub.ts';

/**
 * Makes the poller, wherever it runs, look sooner at jobs that somebody here watches. A job's row
 * says until when it is watched. While a watcher is left here, each write of the job renews that by
 * the way, and what was not written for long is renewed for itself. It is taken back when the last
 * watcher goes before the job's end, unless another instance may have some, and runs out by itself
 * should this process die. Changes are gathered, so that thousands of watchers coming or
 * going at once are one write; none is ever waited for, because a lost one only makes the next look
 * later.
 */
export interface WatchedJobs {
  /**
   * Somebody watches this job, which is to be looked at within so many ms of the last look. Does
   * nothing when they have gone already, or when the job is marked.
   */
  begin(key: JobKey, withinMs: number): void;
  /** The last watcher of this job went; `isOver`: with the job's end, so that no mark matters. */
  end(job: WatchedJob, isOver: boolean): void;
  stop(): void;
}

export interface WatchedJobsParts {
  readonly store: Store;
  readonly hub: Hub;
  readonly polling: Pick<Polling, 'lookWithinMs' | 'lookBy'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often it is looked for what is to be renewed: two renewals may be missed. */
const RENEW_MS = WATCHED_MS / 4;

/** How long changes are gathered. */
const GATHER_MS = 20;

/** Starts renewing. */
export function startWatchedJobs(parts: WatchedJobsParts): WatchedJobs {
  const { store, hub, polling, clock, log } = parts;
  const failed = (error: unknown): void =>
    log.warn({ error: messageOf(error) }, 'Which jobs are watched could not be written');
  const mark = async (marks: readonly WatchMark[], until: number): Promise<void> => {
    if (marks.length > 0) await store.markWatched(marks, until);
  };
  const markComing = async (marks: readonly WatchMark[]): Promise<void> => {
    const until = clock.now() + WATCHED_MS;
    await mark(marks, until);
    for (const { key } of marks) {
      const watched = hub.watchedJob(key);
      if (watched !== null) watched.markedUntil = until;
    }
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

  const renew = async (): Promise<void> => {
    const renewedSince = clock.now() + WATCHED_MS - RENEW_MS;
    const keys = hub
      .watchedJobs()
      .filter(({ markedUntil }) => markedUntil < renewedSince)
      .map(({ key }) => key);
    const stored = keys.length === 0 ? [] : await store.readJobs(keys);
    await markComing(
      stored.map((each) => ({ key: each.job, withinMs: polling.lookWithinMs(each) })),
    );
  };
  const stopRenewing = repeat({ clock, everyMs: RENEW_MS, work: renew, onError: failed });

  return {
    begin(key, withinMs) {
      const watched = hub.watchedJob(key);
      if (watched === null || watched.isMarked) return;
      watched.isMarked = true;
      changes.add([{ key, withinMs }]);
    },
    end({ key, isMarked }, isOver) {
      if (isMarked && !isOver) changes.add([{ key, withinMs: null }]);
    },
    stop() {
      changes.stop();
      stopRenewing();
    },
  };
}
