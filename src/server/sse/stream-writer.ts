import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { StreamFormat, StreamTransport } from './stream-format.ts';

/**
 * Writes one stream into one answer. The head goes out with `open`, or with the first thing that is
 * written; a stream that completes before, since its reader has seen everything, is 204, which
 * tells EventSource not to come back.
 */
export class StreamWriter {
  readonly response: ServerResponse;
  readonly #format: StreamFormat;

  constructor(response: ServerResponse, format: StreamFormat) {
    this.response = response;
    this.#format = format;
  }

  get transport(): StreamTransport {
    return this.#format.transport;
  }

  open(): void {
    const { response } = this;
    if (response.headersSent || response.destroyed) return;
    response.writeHead(200, { ...this.#format.head });
    // Some clients see no head before the first bytes of a body.
    response.write(this.#format.start + this.#format.beat);
  }

  /** The text of one payload; opens the stream it goes to. */
  textOf(payload: string, id: string | null): string {
    this.open();
    return this.#format.next(payload, id);
  }

  write(payload: string): void {
    this.response.write(this.textOf(payload, null));
  }

  beat(): void {
    if (!this.response.headersSent) this.open();
    else if (this.response.writableLength === 0) this.response.write(this.#format.beat);
  }

  complete(): void {
    const { response } = this;
    if (response.writableEnded || response.destroyed) return;
    if (response.headersSent) response.end(this.#format.complete);
    else response.writeHead(204).end();
  }

  /** Ends the stream so that its reader comes back. */
  cut(error: GraphQLFormattedError): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    this.open();
    this.response.end(this.#format.cut(error));
  }
}
