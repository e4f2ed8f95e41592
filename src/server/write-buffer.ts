import type { Writable } from 'node:stream';
import type { CancelTimer, Clock } from '../runtime/clock.ts';
import type { ServerLimits } from './limits.ts';

/** What write buffers go by; one object serves all. */
export interface WriteBufferParts {
  readonly clock: Clock;
  readonly limits: Pick<ServerLimits, 'bufferedBytes' | 'stuckMs' | 'unreadBytes'>;
}

/** Whose events are written. */
export interface WriteBufferOwner {
  /** The reader did not take what waited in time. */
  readerStuck(): void;
}

/**
 * Where one connection's events are written, with a bound on what waits. A reader is full while
 * more than `bufferedBytes` wait for it. From the first refused write it has `stuckMs` to take all
 * of it; else its owner is told, once. Until a reader is full it is one small object: there is one
 * for each of many idle watchers.
 */
export class WriteBuffer {
  readonly #stream: Writable;
  readonly #parts: WriteBufferParts;
  readonly #owner: WriteBufferOwner;
  /** Null: the reader is not full. */
  #full: FullReader | null = null;

  constructor(stream: Writable, parts: WriteBufferParts, owner: WriteBufferOwner) {
    this.#stream = stream;
    this.#parts = parts;
    this.#owner = owner;
  }

  /**
   * Writes a latin1 string of bytes; false when the reader is full, and then nothing was written.
   */
  write(bytes: string): boolean {
    if (this.#stream.writableLength > this.#parts.limits.bufferedBytes) {
      this.#full ??= this.#waitForDrain();
      return false;
    }
    this.#stream.write(bytes, 'latin1');
    return true;
  }

  /** Runs once when a full reader has taken all that waited. */
  onceDrained(run: () => void): void {
    this.#full?.runs.push(run);
  }

  /** More waits than any honest reader leaves unread. */
  get flooded(): boolean {
    return this.#stream.writableLength > this.#parts.limits.unreadBytes;
  }

  /** Forgets everybody who waits. */
  release(): void {
    const full = this.#full;
    if (full === null) return;
    this.#full = null;
    full.cancelStuck();
    this.#stream.removeListener('drain', full.drained);
  }

  #waitForDrain(): FullReader {
    const runs: (() => void)[] = [];
    const drained = (): void => {
      this.release();
      for (const run of runs) run();
    };
    this.#stream.once('drain', drained);
    const { clock, limits } = this.#parts;
    const cancelStuck = clock.after(limits.stuckMs, () => this.#owner.readerStuck());
    return { runs, drained, cancelStuck };
  }
}

interface FullReader {
  readonly runs: (() => void)[];
  readonly drained: () => void;
  readonly cancelStuck: CancelTimer;
}
