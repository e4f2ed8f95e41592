import { once } from 'node:events';
import type { Server } from 'node:http';

async function listenOnce(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/**
 * Starts listening and resolves with the port. With port 0 the preferred one is tried first and a
 * free one taken when it is busy. Rejects with what node:net says.
 */
export async function listen(
  server: Server,
  port: number,
  host: string,
  preferred: number | null,
): Promise<number> {
  if (port === 0 && preferred !== null) {
    try {
      return await listenOnce(server, preferred, host);
    } catch (error) {
      // Busy, or no longer ours to take: any port will do, only stored URLs stop resolving.
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    }
  }
  return listenOnce(server, port, host);
}

/** A host as it stands in a URL; what means "every interface" is reached over loopback. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
