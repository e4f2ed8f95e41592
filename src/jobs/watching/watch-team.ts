import type { Clock } from '../../runtime/clock.ts';
import { StoreUnavailableError } from '../../store/store.ts';
import type { StoredJob } from '../../store/job-store.ts';
import type { JobStream, TeamEvent } from '../jobs.ts';

/**
 * One watcher of a team's jobs. It holds nothing but its place in the team's sequence: told that
 * something changed, it reads on from that place. The store has each job once, at its latest
 * change, so a slow reader skips what it missed, one that reads from an old cursor gets every
 * changed job once, and memory stays at one page. While the store is away it waits, and then reads
 * on from where it was. `return()` releases at once.
 */

/** How a watcher learns of a team's changes. */
export interface TeamWatchSource {
  /** Begins to listen for "something changed"; the returned function ends it. */
  readonly listen: (wake: () => void) => () => void;
  /** Jobs that changed after a place in the sequence, oldest change first. */
  readonly readChanges: (after: number) => Promise<readonly StoredJob[]>;
  /** What the stream begins with, and the place it goes on from. */
  readonly begin: () => Promise<{ first: readonly StoredJob[]; position: number }>;
  readonly clock: Clock;
}

/** How soon to try again when the store could not be read, in milliseconds. */
const READ_AGAIN_MS = 500;

const DONE = { done: true, value: undefined } as const;

/** Begins to watch. Rejects, and leaves no listener behind, when the beginning cannot be read. */
export async function watchTeam(source: TeamWatchSource): Promise<JobStream<TeamEvent>> {
  let ended = false;
  let changed = false;
  const sleep = createSleep(source.clock);
  const stopListening = source.listen(() => {
    changed = true;
    sleep.end();
  });
  const end = (): void => {
    ended = true;
    stopListening();
    sleep.end();
  };

  let page: readonly StoredJob[];
  let position: number;
  /**
   * What began the stream beyond `position`: the same changes come again with the first pages, and
   * are left out there.
   */
  const begun = new Set<number>();
  try {
    const beginning = await source.begin();
    page = beginning.first;
    position = beginning.position;
    for (const { sequence } of page) if (sequence > position) begun.add(sequence);
  } catch (error) {
    end();
    throw error;
  }
  let read = 0;
  changed = true;

  /** The next page; null: the store is away. */
  const readOn = async (): Promise<readonly StoredJob[] | null> => {
    try {
      return await source.readChanges(position);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      return null;
    }
  };
  const pull = async (): Promise<IteratorResult<TeamEvent, undefined>> => {
    while (!ended) {
      const next = page[read];
      if (next !== undefined) {
        read += 1;
        return { done: false, value: { sequence: next.sequence, job: next.job } };
      }
      if (!changed) {
        await sleep.begin(null);
        continue;
      }
      changed = false;
      const changes = await readOn();
      if (changes === null) {
        changed = true;
        if (!ended) await sleep.begin(READ_AGAIN_MS);
        continue;
      }
      read = 0;
      page = changes.filter(({ sequence }) => !begun.delete(sequence));
      const last = changes.at(-1);
      if (last !== undefined) {
        position = last.sequence;
        changed = true;
      }
    }
    return DONE;
  };

  return toStream(pull, end);
}

/** A stream whose `next()` calls are answered one after the other by `pull`. */
function toStream(
  pull: () => Promise<IteratorResult<TeamEvent, undefined>>,
  end: () => void,
): JobStream<TeamEvent> {
  let tail: Promise<unknown> = Promise.resolve();
  const stream: JobStream<TeamEvent> = {
    [Symbol.asyncIterator]: () => stream,
    next() {
      const result = tail.then(pull, pull).catch((error: unknown) => {
        end();
        throw error;
      });
      tail = result.catch(() => undefined);
      return result;
    },
    return() {
      end();
      return Promise.resolve(DONE);
    },
  };
  return stream;
}

/** One sleep at a time, ended from outside or, where that is given, by time. */
function createSleep(clock: Clock) {
  let wakeUp: (() => void) | null = null;
  return {
    end: () => wakeUp?.(),
    async begin(withinMs: number | null): Promise<void> {
      let cancel = (): void => undefined;
      await new Promise<void>((resolve) => {
        wakeUp = resolve;
        if (withinMs !== null) cancel = clock.after(withinMs, resolve);
      });
      cancel();
      wakeUp = null;
    },
  };
}
