import type { GraphQLFormattedError } from 'graphql';
import { ParkedSubscriber } from '../fanout/parked-subscriber.ts';
import type { WriteBuffer } from '../write-buffer.ts';
import type { StreamTransport } from './stream-format.ts';
import type { StreamWriter } from './stream-writer.ts';

/** One subscription in one answer: its payloads are written to the response past Yoga. */
export class StreamSubscriber extends ParkedSubscriber {
  readonly #writer: StreamWriter;
  readonly #buffer: WriteBuffer;
  #over = false;
  #isAlone = false;

  constructor(writer: StreamWriter, buffer: WriteBuffer) {
    super();
    this.#writer = writer;
    this.#buffer = buffer;
  }

  /** Begins, with nobody who looks at it as a stream: the answer ends when it does. */
  serve(): void {
    this.#isAlone = true;
    this.join();
  }

  get transport(): StreamTransport {
    return this.#writer.transport;
  }

  /**
   * A stream that has nothing to tell and is over is so by now, or in the microtasks that follow.
   */
  opened(): void {
    setImmediate(() => {
      if (!this.#over) this.#writer.open();
    });
  }

  send(payload: string, id: string | null): boolean {
    // A stream that is over takes everything: the group must not wait for it.
    if (this.#writer.isOver) return true;
    return this.#buffer.write(this.#writer.bytesOf(payload, id));
  }

  onceDrained(run: () => void): void {
    this.#buffer.onceDrained(run);
  }

  override complete(): void {
    this.#over = true;
    super.complete();
    if (this.#isAlone) this.#writer.complete();
  }

  /** The protocols have no message for it: an answer with errors alone, and then the end. */
  fail(errors: readonly GraphQLFormattedError[]): void {
    this.#writer.write(JSON.stringify({ errors }));
    this.complete();
  }
}
