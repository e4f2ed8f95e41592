import { createServer } from 'node:net';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createAkoolClient, type AkoolClientOptions } from '../../../src/upstream/client.ts';
import type { TaskOrder, Upstream } from '../../../src/upstream/upstream.ts';

/** What a client under test logged, one object per line. */
export type LogLine = Readonly<Record<string, unknown>>;

/** An API key with the length of real ones, which must never be seen anywhere. */
export const CANARY_KEY = 'canary-api-key-0123456789abcdef0';

/** A client that is patient but does not pause between attempts, and what it logs. */
export function clientOf(
  baseUrl: string,
  options: Partial<AkoolClientOptions> = {},
): Upstream & { readonly logged: readonly LogLine[] } {
  const logged: LogLine[] = [];
  const write =
    (level: string) =>
    (fields: LogLine, message: string): void => {
      logged.push({ level, message, ...fields });
    };
  const client = createAkoolClient({
    baseUrl,
    apiKey: CANARY_KEY,
    clientId: 'scripted-client-id',
    auth: 'key',
    readTimeoutMs: 20_000,
    submitTimeoutMs: 20_000,
    connectTimeoutMs: 10_000,
    clock: systemClock,
    random: () => 0,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    ...options,
  });
  return { ...client, logged };
}

/** A create that wants for nothing. */
export const ORDER: TaskOrder = {
  videoUrl: 'https://example.com/videos/source.mp4',
  mappings: [{ objId: 0, faceUrl: 'https://example.com/faces/a.png' }],
  modelName: 'akool-premium',
  resolution: 'P720',
  keepOriginalSound: true,
  templateId: null,
  webhookUrl: null,
};

/** It may be sent whenever that comes to pass. */
export const ANY_TIME = { startBy: Infinity } as const;

/** The base URL of a port that refuses connections. */
export async function refusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
