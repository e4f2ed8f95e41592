import type { GraphQLFormattedError } from 'graphql';
import type { Leave } from './fanout.ts';
import type { WatcherTransport } from '../operation-observer.ts';
import type { Subscriber } from './group.ts';

type End = IteratorResult<never, undefined>;

const DONE: End = { done: true, value: undefined };

/**
 * A subscriber that protocol libraries and plugins see as the stream of a subscription: an iterator
 * that yields nothing, since its payloads are written past them, and ends when the stream ends. It
 * joins its group when it is first asked for an event, and leaves as soon as it is told to return,
 * even while it is asked.
 */
export abstract class ParkedSubscriber implements Subscriber {
  #join: (() => Leave) | null = null;
  #leave: Leave | null = null;
  #settle: ((result: End | Promise<never>) => void) | null = null;
  #outcome: 'running' | 'ended' | Error = 'running';

  abstract get transport(): WatcherTransport;
  abstract send(payload: string, id: string | null): boolean;
  abstract onceDrained(run: () => void): void;
  abstract fail(errors: readonly GraphQLFormattedError[]): void;

  /** Says how to join the group. */
  park(join: () => Leave): this {
    this.#join = join;
    return this;
  }

  complete(): void {
    this.end('ended');
  }

  /** Ends the iterator, with an error where it is to throw one. */
  protected end(outcome: 'ended' | Error): void {
    if (this.#outcome !== 'running') return;
    this.#outcome = outcome;
    this.#settle?.(outcome === 'ended' ? DONE : Promise.reject(outcome));
    this.#settle = null;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Not an async function: each of 10,000 waits would keep two promises more. */
  next(): Promise<End> {
    if (this.#outcome === 'ended') return Promise.resolve(DONE);
    if (this.#outcome !== 'running') return Promise.reject(this.#outcome);
    const end = new Promise<End>((resolve) => {
      this.#settle = resolve;
    });
    this.join();
    return end;
  }

  /** Joins its group, unless it has. */
  protected join(): void {
    const join = this.#join;
    this.#join = null;
    if (join !== null) this.#leave = join();
  }

  async return(): Promise<End> {
    this.#join = null;
    this.end('ended');
    this.#leave?.();
    this.#leave = null;
    return DONE;
  }
}
