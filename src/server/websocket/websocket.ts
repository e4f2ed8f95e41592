import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { WebSocketServer, type ServerOptions } from 'ws';
import type { Tracer } from '../../runtime/tracing/tracer.ts';
import { closeStaggered } from '../close-staggered.ts';
import { CloseCode } from './close-code.ts';
import { Deadlines } from './deadlines.ts';
import { GatewaySocket, type SocketOwner } from './gateway-socket.ts';
import { PeerSocket } from './peer-socket.ts';
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
  const options: ServerOptions<typeof PeerSocket> & { readonly closeTimeout: number } = {
    noServer: true,
    WebSocket: PeerSocket,
    // `sockets` knows them, and each answers pings by itself.
    clientTracking: false,
    autoPong: false,
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    handleProtocols,
    closeTimeout: CLOSE_MS,
  };
  const server = new WebSocketServer(options);
  const sockets = new Set<GatewaySocket>();
  const uninitialised = new Deadlines<GatewaySocket>(clock, limits.initMs, (socket) =>
    socket.close(CloseCode.initTimeout, 'Connection initialisation timeout'),
  );
  const owner: SocketOwner = {
    initialised: (socket) => uninitialised.delete(socket),
    ended: protocol.ended,
    released(socket) {
      uninitialised.delete(socket);
      protocol.released(socket);
    },
    gone: (socket) => void sockets.delete(socket),
  };

  const open = (peer: PeerSocket, { headers, socket: connection }: IncomingMessage): void => {
    const place = { peer, connection, handshake: tracer.placeIn(headers) };
    const socket = new GatewaySocket(place, parts, owner);
    sockets.add(socket);
    uninitialised.add(socket);
    protocol.opened(socket);
  };

  const beat = (): void => {
    for (const socket of sockets) socket.beat();
    cancelBeat = clock.after(limits.beatMs, beat);
  };
  let cancelBeat = clock.after(limits.beatMs, beat);

  return {
    accept(request, connection, head) {
      server.handleUpgrade(request, connection, head, open);
    },
    async drain() {
      await closeStaggered([...sockets], limits.spreadMs, clock, async (socket) => {
        if (!sockets.has(socket)) return;
        const gone = socket.untilGone();
        socket.close(CloseCode.goingAway, 'Going away');
        await gone;
      });
    },
    close() {
      cancelBeat();
      for (const socket of sockets) socket.terminate();
      uninitialised.clear();
      server.close();
    },
  };
}
