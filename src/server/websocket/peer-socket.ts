import { WebSocket } from 'ws';

/** Told what happens on one socket. */
export interface PeerEvents {
  /** A ping or a pong has come. */
  heard(): void;
  message(data: Buffer, isBinary: boolean): void;
  /** The library has already begun to close with 1002, 1007 or 1009. */
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
        events.failed();
        return true;
      case 'close':
        events.closed();
        return super.emit(name, ...args);
      default:
        return super.emit(name, ...args);
    }
  }
}
