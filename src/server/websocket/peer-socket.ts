import { WebSocket } from 'ws';

const PROTOCOL_ERROR = 1002;

/** Told what happens on one socket. */
export interface PeerEvents {
  /** A ping or a pong has come. */
  heard(): void;
  message(data: Buffer, isBinary: boolean): void;
  /** What came was no frame, or too large, or sending failed: the socket closes, or is cut. */
  failed(): void;
  closed(): void;
}

/**
 * A WebSocket of the library's that calls one object where it would emit events: five listeners of
 * its own would take a kilobyte of each of many idle sockets. Pings are answered.
 */
export class PeerSocket extends WebSocket {
  /** Null: nobody listens yet. */
  events: PeerEvents | null = null;

  /**
   * The library tells what was wrong with a frame only after it has closed with 1002 for it. An
   * answer to the peer's own 1002 has a reason, be it an empty one.
   */
  override close(code?: number, data?: string | Buffer): void {
    const isRefusal = code === PROTOCOL_ERROR && data === undefined;
    if (!isRefusal || !this.#listensWhileOpen) super.close(code, data);
  }

  override emit(name: string | symbol, ...args: unknown[]): boolean {
    const { events } = this;
    if (events === null) return super.emit(name, ...args);
    const [data, isBinary] = args;
    switch (name) {
      case 'message':
        if (Buffer.isBuffer(data)) events.message(data, isBinary === true);
        return true;
      case 'ping':
        if (this.readyState === this.OPEN) this.pong(data);
        events.heard();
        return true;
      case 'pong':
        events.heard();
        return true;
      case 'error':
        if (this.#listensWhileOpen) this.#refuse(data);
        events.failed();
        return true;
      case 'close':
        events.closed();
        return super.emit(name, ...args);
      default:
        return super.emit(name, ...args);
    }
  }

  get #listensWhileOpen(): boolean {
    return this.events !== null && this.readyState === this.OPEN;
  }

  /**
   * RFC 6455 leaves open whether a server says something to a frame without a mask. Caddy 2.6.2
   * sends one when it reloads, and would pass 1002 on to its client, for whom that is final; a
   * connection that was cut is made again.
   */
  #refuse(error: unknown): void {
    const isUnmasked =
      error instanceof Error && Reflect.get(error, 'code') === 'WS_ERR_EXPECTED_MASK';
    if (isUnmasked) this.terminate();
    else super.close(PROTOCOL_ERROR);
  }
}
