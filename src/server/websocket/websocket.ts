import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';
import type { Tracer } from '../../runtime/tracing/tracer.ts';
import { closeStaggered } from '../close-staggered.ts';
import { createWriteBuffer } from '../write-buffer.ts';
import { CloseCode } from './close-code.ts';
import { GatewaySocket } from './gateway-socket.ts';
import { createProtocol, type ProtocolParts } from './protocol.ts';

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
 * Keeps the sockets: sizes, liveness, closing. What is said on them is the protocol's. A peer that
 * has not answered one ping by the time of the next is cut; browsers and every library answer by
 * themselves.
 */
export function createWebSockets(parts: ProtocolParts & { readonly tracer: Tracer }): WebSockets {
  const { tracer, clock, limits } = parts;
  const protocol = createProtocol(parts);
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
  const sockets = new Map<WebSocket, GatewaySocket>();

  const open = (webSocket: WebSocket, { headers, socket: connection }: IncomingMessage): void => {
    const handshake = tracer.placeIn(headers);
    const buffer = createWriteBuffer({
      stream: connection,
      clock,
      limits,
      onStuck: () => socket.close(CloseCode.tooSlow, 'Reader too slow'),
    });
    const socket = new GatewaySocket(webSocket, buffer, handshake, (operation) =>
      protocol.ended(operation, socket),
    );
    // Whoever asks without reading the answers is cut: they are not events, so none may be left
    // out.
    const heard = (): void => {
      silent.delete(webSocket);
      if (buffer.flooded) webSocket.terminate();
    };
    webSocket.on('pong', heard);
    webSocket.on('ping', heard);
    webSocket.on('message', (data: Buffer, isBinary) => {
      heard();
      if (isBinary) socket.close(CloseCode.badRequest, 'Text messages only');
      else socket.receive(data.toString('utf8'));
    });
    // The library has already begun to close with 1002, 1007 or 1009.
    webSocket.on('error', () => socket.release());
    sockets.set(webSocket, socket);
    webSocket.on('close', () => {
      sockets.delete(webSocket);
      buffer.release();
      socket.release();
    });
    socket.onceInitialised(
      clock.after(limits.initMs, () =>
        socket.close(CloseCode.initTimeout, 'Connection initialisation timeout'),
      ),
    );
    protocol.opened(socket);
  };

  const beat = (): void => {
    for (const webSocket of sockets.keys()) {
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
      server.handleUpgrade(request, connection, head, open);
    },
    async drain() {
      await closeStaggered([...sockets], limits.spreadMs, clock, async ([webSocket, socket]) => {
        if (!sockets.has(webSocket)) return;
        const gone = new Promise((resolve) => webSocket.once('close', resolve));
        socket.close(CloseCode.goingAway, 'Going away');
        await gone;
      });
    },
    close() {
      cancelBeat();
      for (const webSocket of sockets.keys()) webSocket.terminate();
      server.close();
    },
  };
}
