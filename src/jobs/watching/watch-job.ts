import { isFinal, type Job } from '../../domain/job.ts';
import type { JobStream } from '../jobs.ts';

/**
 * One watcher of one job. It listens first and reads the present state second, so no change falls
 * between the two. What it has not yet handed over waits in a one-slot mailbox, where a newer
 * version takes an older one's place: a status is a state, not a log, and a slow reader costs one
 * slot. It never hands over a version twice or an older one after a newer one, and completes after
 * the final state. `return()` releases the listener at once, also while a `next()` is pending; an
 * async generator would hold it until the next event.
 */

/** How a watcher learns of a job. */
export interface WatchSource {
  /** Begins to listen; the returned function ends it. */
  readonly listen: (hear: (job: Job) => void) => () => void;
  /**
   * The present state. Its rejection, or `null` through `missing`, ends the watch before it began.
   */
  readonly present: () => Promise<Job>;
  /** The version that the caller has already seen; null: none. */
  readonly after: number | null;
}

/**
 * The watcher's stream. Its states can also be taken without being waited for, so that nothing is
 * made for a reader between two of them.
 */
export interface LatestStates extends JobStream<Job> {
  /** What `next()` would answer at once; null: it would wait. */
  take(): IteratorResult<Job, undefined> | null;
  /**
   * `hear` is called when there is something to take, the end included: at once if there is, then
   * once for all states that come before one is taken. It must not throw. It takes the place of an
   * earlier one.
   */
  onNews(hear: () => void): void;
}

const DONE = { done: true, value: undefined } as const;

/**
 * Begins to watch. Rejects, and leaves no listener behind, when the present state cannot be told.
 */
export async function watchJob({ listen, present, after }: WatchSource): Promise<LatestStates> {
  let mailbox: Job | null = null;
  let handedOver = 0;
  let ended = false;
  let waiting: ((result: IteratorResult<Job, undefined>) => void)[] = [];
  let wake = (): void => undefined;

  const end = (): void => {
    if (ended) return;
    ended = true;
    mailbox = null;
    stopListening();
    for (const resolve of waiting) resolve(DONE);
    waiting = [];
    wake();
  };

  const take = (): IteratorResult<Job, undefined> | null => {
    if (ended) return DONE;
    if (mailbox === null) return null;
    const job = mailbox;
    mailbox = null;
    handedOver = job.version;
    if (isFinal(job.status)) end();
    return { done: false, value: job };
  };

  const offer = (job: Job): void => {
    if (ended || job.version <= handedOver) return;
    if (mailbox !== null && job.version <= mailbox.version) return;
    const isFirst = mailbox === null;
    mailbox = job;
    const resolve = waiting.shift();
    const result = resolve && take();
    if (result) resolve(result);
    else if (isFirst) wake();
  };

  /** What came already may be older, too. */
  const leaveOut = (version: number): void => {
    handedOver = version;
    if (mailbox !== null && mailbox.version <= version) mailbox = null;
  };

  const stopListening = listen(offer);
  try {
    const now = await present();
    if (after === now.version) {
      leaveOut(now.version);
      if (isFinal(now.status)) end();
    } else {
      offer(now);
    }
  } catch (error) {
    end();
    throw error;
  }

  const stream: LatestStates = {
    [Symbol.asyncIterator]: () => stream,
    take,
    onNews(hear) {
      wake = hear;
      if (ended || mailbox !== null) wake();
    },
    next() {
      const result = take();
      if (result !== null) return Promise.resolve(result);
      return new Promise((resolve) => waiting.push(resolve));
    },
    return() {
      end();
      return Promise.resolve(DONE);
    },
  };
  return stream;
}
