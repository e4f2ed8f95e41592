import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** What asks for another protocol, as a header and as a part of `Connection`. */
const ASKING = new Set(['upgrade', 'http2-settings']);

/**
 * Whether a request asks for what this server speaks besides HTTP. Java's client and `curl --http2`
 * offer h2c with every request over plain HTTP; a server may serve those as if they had not (RFC
 * 9110, 7.8).
 */
export function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Serves a request as if it had not asked for another protocol. Before 22.21 and 24.9 Node knows no
 * `shouldUpgradeCallback` and hands over each request that asks for any, so it is put back in front
 * of its connection without the asking.
 */
export function ignoreUpgrade(
  server: EventEmitter,
  request: IncomingMessage,
  connection: Duplex,
  head: Buffer,
): void {
  const { method = 'GET', url = '/', httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (ASKING.has(name.toLowerCase())) continue;
    const kept = name.toLowerCase() === 'connection' ? withoutAsking(value) : value;
    lines.push(`${name}: ${kept}`);
  }
  connection.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', connection);
}

function withoutAsking(connection: string): string {
  const parts = connection.split(',').map((part) => part.trim());
  return parts.filter((part) => !ASKING.has(part.toLowerCase())).join(', ');
}
