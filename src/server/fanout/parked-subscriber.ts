import type { GraphQLFormattedError } from 'graphql';
import type { Leave, Subscriber } from './fanout.ts';

const DONE: IteratorResult<never, undefined> = { done: true, value: undefined };

interface Waiter {
  readonly resolve: (result: IteratorResult<never, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A subscriber that protocol libraries and plugins see as the stream of a subscription: an iterator that yields nothing, since its
 * payloads are written past them, and ends when the stream ends. It joins its group when it is first asked for an event, and leaves
 * as soon as it is told to return, even while it is asked.
 */
export abstract class ParkedSubscriber implements Subscriber {
  #join: (() => Leave) | null = null;
  #leave: Leave | null = null;
  #waiter: Waiter | null = null;
  #outcome: 'running' | 'ended' | Error = 'running';

  abstract send(payload: string): boolean;
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
    if (outcome === 'ended') this.#waiter?.resolve(DONE);
    else this.#waiter?.reject(outcome);
    this.#waiter = null;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<never, undefined>> {
    if (this.#outcome === 'ended') return DONE;
    if (this.#outcome !== 'running') throw this.#outcome;
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      const join = this.#join;
      this.#join = null;
      if (join !== null) this.#leave = join();
    });
  }

  async return(): Promise<IteratorResult<never, undefined>> {
    this.#join = null;
    this.end('ended');
    this.#leave?.();
    this.#leave = null;
    return DONE;
  }
}
