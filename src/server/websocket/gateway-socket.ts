import type { Writable } from 'node:stream';
import {
  MessageType,
  parseMessage,
  type Message,
  type WebSocket as ProtocolSocket,
} from 'graphql-ws';
import type { Caller } from '../../domain/caller.ts';
import type { CancelTimer } from '../../runtime/clock.ts';
import type { SpanPlace } from '../../runtime/tracing/tracer.ts';
import { WriteBuffer, type WriteBufferOwner, type WriteBufferParts } from '../write-buffer.ts';
import { CloseCode } from './close-code.ts';
import { FIRST_INNER_ID, OperationIds, type RunningOperation } from './operation-ids.ts';
import type { PeerEvents, PeerSocket } from './peer-socket.ts';
import type { SubscriberSocket } from './socket-subscriber.ts';

/** A message of graphql-ws's about one operation. */
const ABOUT_OPERATION = /^\{"id":"(o\d+)","type":"(\w+)"/;

/** Longest reason of a close, in bytes; WebSocket allows no more. */
const REASON_BYTES = 123;

/** What graphql-ws is told of a `connection_init`: it would keep the credentials. */
const INIT = '{"type":"connection_init"}';

const FIRST_SUBSCRIBE = `{"id":"${FIRST_INNER_ID}","type":"subscribe","payload":{"query":""}}`;

/** Told what becomes of sockets; one object serves all of a server's. */
export interface SocketOwner {
  /** `connection_init` has come. */
  initialised(socket: GatewaySocket): void;
  /** An operation has ended before the socket did. */
  ended(operation: RunningOperation, socket: GatewaySocket): void;
  /** A close has begun, or the socket is gone. Told once. */
  released(socket: GatewaySocket): void;
  /** The connection is closed. */
  gone(socket: GatewaySocket): void;
}

/** Where a socket comes from. */
export interface SocketPlace {
  readonly peer: PeerSocket;
  readonly connection: Writable;
  /** Where its handshake came from; null: it did not say. */
  readonly handshake: SpanPlace | null;
}

/**
 * One WebSocket as graphql-ws sees it: the ids of its operations are never used twice, reasons fit
 * into a close, and from the moment a close begins nothing is said any more. There may be many
 * thousands that idle, so nothing is made for each that all can share.
 */
export class GatewaySocket
  implements ProtocolSocket, SubscriberSocket, PeerEvents, WriteBufferOwner
{
  readonly ids = new OperationIds();
  readonly buffer: WriteBuffer;
  /** Null until the credentials were checked. */
  caller: Caller | null = null;
  /** Ends the waiting for the credential's end. */
  cancelCredentialEnd: CancelTimer | null = null;
  /** Ends every operation of graphql-ws's. */
  endProtocol: (() => Promise<void>) | null = null;
  readonly handshake: SpanPlace | null;
  readonly #peer: PeerSocket;
  readonly #owner: SocketOwner;
  #presented: unknown = null;
  #listener: ((text: string) => Promise<void>) | null = null;
  #released = false;
  /** A ping was sent, and nothing has come since. */
  #silent = false;

  constructor(
    { peer, connection, handshake }: SocketPlace,
    parts: WriteBufferParts,
    owner: SocketOwner,
  ) {
    this.#peer = peer;
    this.#owner = owner;
    this.handshake = handshake;
    this.buffer = new WriteBuffer(connection, parts, this);
    peer.events = this;
  }

  get protocol(): string {
    return this.#peer.protocol;
  }

  get open(): boolean {
    return !this.#released && this.#peer.readyState === this.#peer.OPEN;
  }

  onMessage(listener: (text: string) => Promise<void>): void {
    this.#listener = listener;
  }

  /** What `connection_init` presented. Kept until it is taken. */
  takePresented(): unknown {
    const presented = this.#presented;
    this.#presented = null;
    return presented;
  }

  send(text: string): void {
    if (!this.open) return;
    const [head, inner = '', type] = ABOUT_OPERATION.exec(text) ?? [];
    if (head === undefined) return this.#peer.send(text);
    const operation = this.ids.ofServer(inner);
    if (operation === null) return undefined;
    if (type !== MessageType.Next) this.#end(operation);
    const rest = text.slice(`{"id":"${inner}"`.length);
    return this.#peer.send(`{"id":${JSON.stringify(operation.client)}${rest}`);
  }

  /** Everything is released at once, then the socket closes. */
  close(code = 1000, reason = ''): void {
    if (this.#released) return;
    this.#release();
    this.#peer.close(code, Buffer.byteLength(reason) > REASON_BYTES ? '' : reason);
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#peer.terminate();
  }

  /** Asks for a sign of life, or cuts a connection that has given none since the last time. */
  beat(): void {
    if (this.#silent) return this.terminate();
    this.#silent = true;
    return this.#peer.ping();
  }

  /** Resolves when the connection is closed. */
  untilGone(): Promise<void> {
    return new Promise((resolve) => this.#peer.once('close', () => resolve()));
  }

  heard(): void {
    this.#silent = false;
    // Whoever asks without reading the answers is cut: they are not events, so none may be left
    // out.
    if (this.buffer.flooded) this.terminate();
  }

  message(data: Buffer, isBinary: boolean): void {
    this.heard();
    if (isBinary) this.close(CloseCode.badRequest, 'Text messages only');
    else this.#receive(data.toString('utf8'));
  }

  failed(): void {
    this.#release();
  }

  closed(): void {
    this.buffer.release();
    this.#release();
    this.#owner.gone(this);
  }

  readerStuck(): void {
    this.close(CloseCode.tooSlow, 'Reader too slow');
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.cancelCredentialEnd?.();
    this.#owner.released(this);
  }

  #receive(text: string): void {
    if (this.#released) return;
    let message: Message;
    try {
      message = parseMessage(withQuery(JSON.parse(text)));
    } catch {
      return this.close(CloseCode.badRequest, 'Invalid message received');
    }
    if (message.type === MessageType.ConnectionInit) {
      this.#owner.initialised(this);
      this.#presented = message.payload;
      return this.#hand(INIT);
    }
    if (message.type === MessageType.Subscribe) {
      const operation = this.ids.begin(message.id, message.payload);
      if (operation === null) {
        const reason = 'Subscriber for this id already exists';
        return this.close(CloseCode.subscriberAlreadyExists, reason);
      }
      return this.#hand(subscribeText(operation.inner));
    }
    if (message.type === MessageType.Complete) {
      const operation = this.ids.ofClient(message.id);
      if (operation === null) return undefined;
      this.#end(operation);
      return this.#hand(`{"id":"${operation.inner}","type":"complete"}`);
    }
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
    this.#owner.ended(operation, this);
  }
}

/**
 * What graphql-ws is told of a `subscribe`. It keeps the text until the operation ends, so it is
 * not told what is asked for, and the first operations of all sockets share one.
 */
function subscribeText(inner: string): string {
  return inner === FIRST_INNER_ID
    ? FIRST_SUBSCRIBE
    : `{"id":"${inner}","type":"subscribe","payload":{"query":""}}`;
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
