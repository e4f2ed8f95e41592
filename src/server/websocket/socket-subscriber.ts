import type { GraphQLFormattedError } from 'graphql';
import type { Leave, Subscriber } from '../fanout/fanout.ts';
import { frameHead } from '../fanout/frame-head.ts';
import type { WriteBuffer } from '../fanout/write-buffer.ts';

/** What a subscriber needs of its socket; one object serves all readers of it. */
export interface ReaderSocket {
  readonly open: boolean;
  readonly outlet: WriteBuffer;
  /** The stream of `subscriber` ended, or failed with these errors. */
  ended(subscriber: SocketSubscriber, errors: readonly GraphQLFormattedError[] | null): void;
}

/**
 * One subscription on one WebSocket. A payload is put between the message's own two ends and written past the WebSocket library,
 * as one frame in one string: what differs between 10,000 watchers is their id. The library writes whole frames at once (nothing
 * is compressed), so the two never mix. One object and no closures for each: most of the memory of idle watchers is here.
 */
export class SocketSubscriber implements Subscriber {
  readonly id: string;
  readonly #socket: ReaderSocket;
  readonly #start: string;
  #leave: Leave | null = null;

  constructor(id: string, socket: ReaderSocket) {
    this.id = id;
    this.#socket = socket;
    const start = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    this.#start = Buffer.from(start, 'utf8').toString('latin1');
  }

  /** Says how to leave the group that the subscriber has been put in. */
  joined(leave: Leave): void {
    this.#leave = leave;
  }

  /** Nothing is sent from now on. */
  leave(): void {
    this.#leave?.();
  }

  send(payload: string): boolean {
    // A closing socket takes everything: the group must not wait for it.
    if (!this.#socket.open) return true;
    const size = this.#start.length + payload.length + 1;
    return this.#socket.outlet.write(`${frameHead(size)}${this.#start}${payload}}`);
  }

  onceDrained(run: () => void): void {
    this.#socket.outlet.onceDrained(run);
  }

  complete(): void {
    this.#socket.ended(this, null);
  }

  fail(errors: readonly GraphQLFormattedError[]): void {
    this.#socket.ended(this, errors);
  }
}
