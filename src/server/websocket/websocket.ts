import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';
import type { Clock } from '../../runtime/clock.ts';
import { CloseCode } from './close-code.ts';
import type { ServerLimits } from '../limits.ts';
import { createWriteBuffer } from '../fanout/write-buffer.ts';
import { openSession, type SessionParts } from './socket-session.ts';
import { closeStaggered } from './staggered-close.ts';

/** How long the other side has to answer a close before its connection is cut. */
const CLOSE_MS = 5_000;

/** The WebSockets of the server. */
export interface WebSockets {
  /** Takes over an HTTP connection that asked to be upgraded and passed every check of the edge. */
  accept(request: IncomingMessage, connection: Duplex, head: Buffer): void;
  /** Closes every socket with 1001, spread over time, and resolves when all are gone. */
  drain(): Promise<void>;
  /** Cuts every socket at once and stops the pings. */
  close(): void;
}

/**
 * Keeps the sockets: sizes, liveness, closing. What is said on them is the session's.
 * A peer that has not answered one ping by the time of the next is cut; browsers and every library answer by themselves.
 */
export function createWebSockets(
  parts: SessionParts & { readonly clock: Clock; readonly limits: ServerLimits },
): WebSockets {
  const { clock, limits } = parts;
  // The library's types do not know `closeTimeout` yet.
  const options: ServerOptions & { readonly closeTimeout: number } = {
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    handleProtocols,
    closeTimeout: CLOSE_MS,
  };
  const server = new WebSocketServer(options);
  const silent = new WeakSet<WebSocket>();
  const ends = new Map<WebSocket, (code: CloseCode, reason: string) => void>();

  const open = (webSocket: WebSocket, connection: Duplex): void => {
    const outlet = createWriteBuffer({
      stream: connection,
      clock,
      limits,
      onStuck: () => end(CloseCode.tooSlow, 'Reader too slow'),
    });
    const session = openSession(
      {
        get open() {
          return webSocket.readyState === webSocket.OPEN;
        },
        outlet,
        send: (text) => {
          if (webSocket.readyState === webSocket.OPEN) webSocket.send(text);
        },
        close: (code, reason) => webSocket.close(code, reason),
      },
      parts,
    );
    const end = (code: CloseCode, reason: string): void => {
      session.release();
      webSocket.close(code, reason);
    };
    // Whoever asks without reading the answers is cut: they are not events, so none may be left out.
    const heard = (): void => {
      silent.delete(webSocket);
      if (outlet.flooded) webSocket.terminate();
    };
    webSocket.on('pong', heard);
    webSocket.on('ping', heard);
    webSocket.on('message', (data: Buffer, isBinary) => {
      heard();
      if (isBinary) end(CloseCode.badRequest, 'Text messages only');
      else session.receive(data.toString('utf8'));
    });
    // The library has already begun to close with 1002, 1007 or 1009.
    webSocket.on('error', () => session.release());
    ends.set(webSocket, end);
    webSocket.on('close', () => {
      ends.delete(webSocket);
      outlet.release();
      session.release();
    });
    if (webSocket.protocol === '') {
      end(CloseCode.subprotocolNotAcceptable, 'Subprotocol not acceptable');
    }
  };

  const beat = (): void => {
    for (const webSocket of ends.keys()) {
      if (silent.has(webSocket)) {
        webSocket.terminate();
      } else {
        silent.add(webSocket);
        webSocket.ping();
      }
    }
    cancelBeat = clock.after(limits.beatMs, beat);
  };
  let cancelBeat = clock.after(limits.beatMs, beat);

  return {
    accept(request, connection, head) {
      server.handleUpgrade(request, connection, head, (webSocket) => open(webSocket, connection));
    },
    async drain() {
      await closeStaggered([...ends], limits.spreadMs, clock, async ([webSocket, end]) => {
        if (!ends.has(webSocket)) return;
        const gone = new Promise((resolve) => webSocket.once('close', resolve));
        end(CloseCode.goingAway, 'Going away');
        await gone;
      });
    },
    close() {
      cancelBeat();
      for (const webSocket of ends.keys()) webSocket.terminate();
      server.close();
    },
  };
}
