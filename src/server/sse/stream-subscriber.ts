import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { ParkedSubscriber } from '../fanout/parked-subscriber.ts';
import type { WriteBuffer } from '../write-buffer.ts';
import { nextEvent } from './event-text.ts';

/** One subscription over SSE: its events are written to the response past Yoga. */
export class StreamSubscriber extends ParkedSubscriber {
  readonly #response: ServerResponse;
  readonly #buffer: WriteBuffer;

  constructor(response: ServerResponse, buffer: WriteBuffer) {
    super();
    this.#response = response;
    this.#buffer = buffer;
  }

  send(payload: string): boolean {
    return this.#buffer.write(nextEvent(payload));
  }

  onceDrained(run: () => void): void {
    this.#buffer.onceDrained(run);
  }

  /** The protocol has no message for it: an answer with errors alone, and then the end. */
  fail(errors: readonly GraphQLFormattedError[]): void {
    this.#response.write(nextEvent(JSON.stringify({ errors })));
    this.complete();
  }
}
