import type { Writable } from 'node:stream';
import type { CancelTimer, Clock } from '../runtime/clock.ts';
import type { ServerLimits } from './limits.ts';

/** Where one connection's events are written, with a bound on what waits. */
export interface WriteBuffer {
  /**
   * Writes a latin1 string of bytes; false when the reader is full, and then nothing was written.
   */
  write(bytes: string): boolean;
  /** Runs once when a full reader has taken all that waited. */
  onceDrained(run: () => void): void;
  /** More waits than any honest reader leaves unread. */
  readonly flooded: boolean;
  /** Forgets everybody who waits. */
  release(): void;
}

/**
 * A reader is full while more than `bufferedBytes` wait for it. From the first refused write it has
 * `stuckMs` to take all of it; else `onStuck` is called, once.
 */
export function createWriteBuffer(options: {
  readonly stream: Writable;
  readonly clock: Clock;
  readonly limits: ServerLimits;
  readonly onStuck: () => void;
}): WriteBuffer {
  const { stream, clock, limits, onStuck } = options;
  let waiting: (() => void)[] = [];
  let cancelStuck: CancelTimer | null = null;

  const drained = (): void => {
    cancelStuck?.();
    cancelStuck = null;
    const runs = waiting;
    waiting = [];
    for (const run of runs) run();
  };

  return {
    write(bytes) {
      if (stream.writableLength > limits.bufferedBytes) {
        if (cancelStuck === null) {
          cancelStuck = clock.after(limits.stuckMs, onStuck);
          stream.once('drain', drained);
        }
        return false;
      }
      stream.write(bytes, 'latin1');
      return true;
    },
    onceDrained(run) {
      waiting.push(run);
    },
    get flooded() {
      return stream.writableLength > limits.unreadBytes;
    },
    release() {
      cancelStuck?.();
      stream.removeListener('drain', drained);
      waiting = [];
    },
  };
}
