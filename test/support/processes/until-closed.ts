import type { Socket } from 'node:net';

/** Resolves when a connection is closed; also by a reset, which is what a peer may see that still writes when it is cut. */
export function untilClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined).once('close', () => resolve());
  });
}
