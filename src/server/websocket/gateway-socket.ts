import {
  MessageType,
  parseMessage,
  type Message,
  type WebSocket as ProtocolSocket,
} from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Caller } from '../../domain/caller.ts';
import type { SpanPlace } from '../../runtime/tracing/tracer.ts';
import type { WriteBuffer } from '../write-buffer.ts';
import { CloseCode } from './close-code.ts';
import { OperationIds, type RunningOperation } from './operation-ids.ts';
import type { SubscriberSocket } from './socket-subscriber.ts';

/** A message of graphql-ws's about one operation. */
const ABOUT_OPERATION = /^\{"id":"(\d+)","type":"(\w+)"/;

/** Longest reason of a close, in bytes; WebSocket allows no more. */
const REASON_BYTES = 123;

/**
 * One WebSocket as graphql-ws sees it: the ids of its operations are never used twice, reasons fit
 * into a close, and from the moment a close begins nothing is said any more.
 */
export class GatewaySocket implements ProtocolSocket, SubscriberSocket {
  readonly ids = new OperationIds();
  readonly buffer: WriteBuffer;
  /** Null until the credentials were checked. */
  caller: Caller | null = null;
  /** Where its handshake came from; null: it did not say. */
  readonly handshake: SpanPlace | null;
  readonly #webSocket: WebSocket;
  readonly #onEnd: (operation: RunningOperation) => void;
  #releases: (() => void)[] = [];
  #initialised: () => void = () => {};
  #listener: ((text: string) => Promise<void>) | null = null;
  #released = false;

  /** `onEnd` is told of every operation that ends before the socket does. */
  constructor(
    webSocket: WebSocket,
    buffer: WriteBuffer,
    handshake: SpanPlace | null,
    onEnd: (operation: RunningOperation) => void,
  ) {
    this.#webSocket = webSocket;
    this.buffer = buffer;
    this.handshake = handshake;
    this.#onEnd = onEnd;
  }

  get protocol(): string {
    return this.#webSocket.protocol;
  }

  get open(): boolean {
    return !this.#released && this.#webSocket.readyState === this.#webSocket.OPEN;
  }

  onMessage(listener: (text: string) => Promise<void>): void {
    this.#listener = listener;
  }

  /** Runs once, when a close begins; at once when it has begun. */
  onRelease(run: () => void): void {
    if (this.#released) run();
    else this.#releases.push(run);
  }

  /** Runs when `connection_init` comes, or a close begins. */
  onceInitialised(run: () => void): void {
    this.#initialised = run;
    this.onRelease(run);
  }

  send(text: string): void {
    if (!this.open) return;
    const [head, inner = '', type] = ABOUT_OPERATION.exec(text) ?? [];
    if (head === undefined) return this.#webSocket.send(text);
    const operation = this.ids.ofServer(inner);
    if (operation === null) return undefined;
    if (type !== MessageType.Next) this.#end(operation);
    const rest = text.slice(`{"id":"${inner}"`.length);
    return this.#webSocket.send(`{"id":${JSON.stringify(operation.client)}${rest}`);
  }

  /** Everything is released at once, then the socket closes. */
  close(code = 1000, reason = ''): void {
    if (this.#released) return;
    this.release();
    this.#webSocket.close(code, Buffer.byteLength(reason) > REASON_BYTES ? '' : reason);
  }

  /** The socket has begun to close, or is gone. Calling it again does nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    const releases = this.#releases;
    this.#releases = [];
    for (const run of releases) run();
  }

  /** A text message has come. */
  receive(text: string): void {
    if (this.#released) return;
    let message: Message;
    try {
      message = parseMessage(withQuery(JSON.parse(text)));
    } catch {
      return this.close(CloseCode.badRequest, 'Invalid message received');
    }
    if (message.type === MessageType.Subscribe) {
      const operation = this.ids.begin(message.id, message.payload);
      if (operation === null) {
        const reason = 'Subscriber for this id already exists';
        return this.close(CloseCode.subscriberAlreadyExists, reason);
      }
      // What graphql-ws is told it keeps until the operation ends, so it is not told what is asked
      // for.
      return this.#hand(`{"id":"${operation.inner}","type":"subscribe","payload":{"query":""}}`);
    }
    if (message.type === MessageType.Complete) {
      const operation = this.ids.ofClient(message.id);
      if (operation === null) return undefined;
      this.#end(operation);
      return this.#hand(`{"id":"${operation.inner}","type":"complete"}`);
    }
    if (message.type === MessageType.ConnectionInit) this.#initialised();
    return this.#hand(text);
  }

  /** One for all messages of the socket: each is kept as long as the operation that it began. */
  readonly #refuse = (): void => this.close(CloseCode.badRequest, 'Message of a server');

  /**
   * Whatever graphql-ws throws is about the message; what operations throw is told as their errors.
   */
  #hand(text: string): void {
    this.#listener?.(text).catch(this.#refuse);
  }

  #end(operation: RunningOperation): void {
    this.ids.end(operation);
    this.#onEnd(operation);
  }
}

/**
 * A persisted operation comes without its text, which the library's own check would end the whole
 * socket for. An empty one stands for it; one that names no operation either is answered with an
 * error of its own.
 */
function withQuery(message: unknown): unknown {
  if (!isRecord(message) || message['type'] !== MessageType.Subscribe) return message;
  const { payload } = message;
  if (!isRecord(payload) || (payload['query'] ?? null) !== null) return message;
  return { ...message, payload: { ...payload, query: '' } };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
