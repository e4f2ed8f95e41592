import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { GraphQLFormattedError } from 'graphql';
import type { StreamFormat, StreamTransport } from './stream-format.ts';

/**
 * Writes one stream into one answer. The head goes out with `open`, or with the first event. A
 * stream that completes before either has nothing that its reader has not seen: it is answered with
 * 204, which tells EventSource not to come back.
 */
export class StreamWriter {
  readonly response: ServerResponse;
  /** Where `bytesOf` goes: past node:http, unless the answer waits for another on its socket. */
  readonly sink: Writable;
  readonly #format: StreamFormat;

  constructor(response: ServerResponse, format: StreamFormat) {
    this.response = response;
    this.sink = response.socket ?? response;
    this.#format = format;
  }

  get transport(): StreamTransport {
    return this.#format.transport;
  }

  /** Its end was written, or it is gone; the socket may by then carry another answer. */
  get isOver(): boolean {
    return this.response.writableEnded || this.response.destroyed;
  }

  open(): void {
    const { response } = this;
    if (response.headersSent || response.destroyed) return;
    response.writeHead(200, this.#format.head);
    // By itself: of one that goes out with the first bytes, Node keeps the forty pieces that it was
    // made of as long as the response.
    response.cork();
    response.flushHeaders();
    // Some clients see no head before the first bytes of a body.
    response.write(this.#format.start + this.#format.beat);
    response.uncork();
  }

  /**
   * One payload as `sink` takes it, latin1 in and out; opens the stream. It is one string and one
   * write, where node:http makes four buffers and a turn of the loop of each chunk.
   */
  bytesOf(payload: string, id: string | null): string {
    this.open();
    const bytes = this.#format.next(payload, id);
    const isChunk = this.sink !== this.response && this.response.chunkedEncoding;
    return isChunk ? `${bytes.length.toString(16)}\r\n${bytes}\r\n` : bytes;
  }

  write(payload: string): void {
    this.open();
    this.response.write(this.#format.next(payload, null));
  }

  beat(): void {
    if (!this.response.headersSent) this.open();
    else if (this.response.writableLength === 0) this.response.write(this.#format.beat);
  }

  complete(): void {
    const { response } = this;
    if (this.isOver) return;
    if (response.headersSent) response.end(this.#format.complete);
    else response.writeHead(204).end();
  }

  /** Ends the stream so that its reader comes back. */
  cut(error: GraphQLFormattedError): void {
    if (this.isOver) return;
    this.open();
    this.response.end(this.#format.cut(error));
  }
}
