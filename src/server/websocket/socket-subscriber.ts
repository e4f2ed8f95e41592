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

/** What the bytes of a JSON string show as it is. */
const PLAIN = /^[\w-]*$/;

/** The length of a message without its id and its payload. */
const AROUND = '{"id":"","type":"next","payload":}'.length;

/**
 * One subscription on one WebSocket. A payload is put between the message's own two ends and
 * written past both libraries, as one frame in one string: what differs between 10,000 watchers is
 * their id. `ws` writes whole frames at once (nothing is compressed), so the two never mix. One
 * object and no closures for each: most of the memory of idle watchers is here.
 */
export class SocketSubscriber extends ParkedSubscriber {
  readonly #socket: SubscriberSocket;
  /** As it stands between quotes in the bytes of JSON. */
  readonly #id: string;

  /** `id` is the client's. */
  constructor(id: string, socket: SubscriberSocket) {
    super();
    this.#socket = socket;
    // Nearly every id stands there as it is, and is kept as that of its operation already.
    this.#id = PLAIN.test(id) ? id : bytesInJson(id);
  }

  get transport(): 'websocket' {
    return 'websocket';
  }

  send(payload: string): boolean {
    // A closing socket takes everything: the group must not wait for it.
    if (!this.#socket.open) return true;
    const size = AROUND + this.#id.length + payload.length;
    return this.#socket.buffer.write(
      `${frameHead(size)}{"id":"${this.#id}","type":"next","payload":${payload}}`,
    );
  }

  onceDrained(run: () => void): void {
    this.#socket.buffer.onceDrained(run);
  }

  fail(errors: readonly GraphQLFormattedError[]): void {
    this.end(new ToldErrors(errors));
  }
}

function bytesInJson(text: string): string {
  return Buffer.from(JSON.stringify(text).slice(1, -1), 'utf8').toString('latin1');
}
