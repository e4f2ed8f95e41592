import type { GraphQLFormattedError } from 'graphql';
import { ParkedSubscriber } from '../fanout/parked-subscriber.ts';
import type { WriteBuffer } from '../write-buffer.ts';
import { frameHead } from './frame-head.ts';
import { ToldErrors } from './told-errors.ts';

/** What a subscriber needs of its socket; one object serves all subscribers of it. */
export interface SubscriberSocket {
  /** False from the moment a close was begun by either side. */
  readonly open: boolean;
  readonly buffer: WriteBuffer;
}

/**
 * One subscription on one WebSocket. A payload is put between the message's own two ends and
 * written past both libraries, as one frame in one string: what differs between 10,000 watchers is
 * their id. `ws` writes whole frames at once (nothing is compressed), so the two never mix. One
 * object and no closures for each: most of the memory of idle watchers is here.
 */
export class SocketSubscriber extends ParkedSubscriber {
  readonly #socket: SubscriberSocket;
  readonly #start: string;

  /** `id` is the client's. */
  constructor(id: string, socket: SubscriberSocket) {
    super();
    this.#socket = socket;
    const start = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    this.#start = Buffer.from(start, 'utf8').toString('latin1');
  }

  get transport(): 'websocket' {
    return 'websocket';
  }

  send(payload: string): boolean {
    // A closing socket takes everything: the group must not wait for it.
    if (!this.#socket.open) return true;
    const size = this.#start.length + payload.length + 1;
    return this.#socket.buffer.write(`${frameHead(size)}${this.#start}${payload}}`);
  }

  onceDrained(run: () => void): void {
    this.#socket.buffer.onceDrained(run);
  }

  fail(errors: readonly GraphQLFormattedError[]): void {
    this.end(new ToldErrors(errors));
  }
}
