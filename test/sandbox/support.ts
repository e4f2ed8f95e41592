import { createDecipheriv } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import type { SandboxClock } from '../../src/sandbox/clock.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import type { SandboxOptions } from '../../src/sandbox/settings.ts';

/** A clock that stands still until it is moved; timers run in the order in which they are due. */
export function handClock(): SandboxClock & { move(milliseconds: number): void } {
  let now = 1_800_000_000_000;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now,
    after(milliseconds, run) {
      const timer = { at: now + milliseconds, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    move(milliseconds) {
      now += milliseconds;
      for (const timer of [...timers].sort((a, b) => a.at - b.at)) {
        if (timer.at <= now && timers.delete(timer)) timer.run();
      }
    },
  };
}

/** Waits until a check passes; however busy the machine is, it fails only when that never comes. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 60_000, interval: 10 });
}

/** A sandbox that is closed when the test ends. */
export async function testSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

const envelope = z.looseObject({ code: z.union([z.number(), z.string()]) });
/** A sandbox with a hand-moved clock in which the given video has been analyzed. */
export async function analyzedSandbox(videoUrl: string, options: SandboxOptions = {}) {
  const clock = handClock();
  const sandbox = await testSandbox({ clock, ...options });
  const akool = ownCustomer(sandbox);
  const analysis = await akool.analyze(videoUrl);
  clock.move(60_000);
  return { clock, sandbox, akool, analysis };
}

const withId = z.object({
  code: z.literal([1000, '1000']),
  data: z.looseObject({ _id: z.string() }),
});

/** Speaks to a sandbox as AKOOL's customers do. */
export function customer(sandbox: { url: string }, credential: Record<string, string>) {
  // One connection per request: a kept one would break when a sandbox restarts at the same port.
  const headers = { ...credential, connection: 'close' };
  const get = async (path: string) => {
    return envelope.parse(await (await fetch(sandbox.url + path, { headers })).json());
  };
  const post = async (path: string, body: object) => {
    const answer = await fetch(sandbox.url + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return envelope.parse(await answer.json());
  };
  const analyze = (videoUrl: string) => {
    return post('/api/open/v4/headswap/analyze', { video_url: videoUrl, type: 'head' });
  };
  const create = (videoUrl: string, more: object = {}) => {
    return post('/api/open/v4/headswap/task/create', {
      video_url: videoUrl,
      mappings: [{ obj_id: 0, img_url: 'https://faces.example/face.png' }],
      model_name: 'akool-premium',
      resolution: '480p',
      ...more,
    });
  };
  return {
    get,
    post,
    analyze,
    create,
    analysis: (id: string) => get(`/api/open/v4/headswap/analyze/detail?_id=${id}`),
    task: (id: string) => get(`/api/open/v4/headswap/task/detail?_id=${id}`),
    quota: () => get('/api/open/v3/faceswap/quota/info'),
  };
}

/** A customer who signs in with the sandbox's own key. */
export function ownCustomer(sandbox: Sandbox) {
  return customer(sandbox, { 'x-api-key': sandbox.apiKey });
}

/** The `_id` of an accepted submission. Throws when it was refused. */
export function idOf(answer: unknown): string {
  return withId.parse(answer).data._id;
}

const sealed = z.object({
  signature: z.string(),
  dataEncrypt: z.string(),
  timestamp: z.number(),
  nonce: z.string(),
});

const plaintext = z.strictObject({
  _id: z.string(),
  status: z.union([z.number(), z.string()]).optional(),
  type: z.string().optional(),
  url: z.string().optional(),
});

/** A callback as it arrived. */
export interface Arrived {
  readonly body: z.infer<typeof sealed>;
  /** The decrypted JSON. */
  readonly plain: z.infer<typeof plaintext>;
}

/** Where callbacks go: keeps what arrives and answers with the given statuses in turn, then with 200. */
export async function callbackReceiver(statuses: readonly number[] = []) {
  const arrived: Arrived[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const body = sealed.parse(JSON.parse(Buffer.concat(chunks).toString()));
      arrived.push({ body, plain: decrypt(body.dataEncrypt) });
      response.writeHead(statuses[arrived.length - 1] ?? 200).end();
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : address;
  return { url: `http://127.0.0.1:${port}/hook`, arrived };
}

/** Decrypts with the sandbox's default credentials. */
function decrypt(dataEncrypt: string): Arrived['plain'] {
  const iv = Buffer.from('sandbox-client-id').subarray(0, 16);
  const key = Buffer.from('sandbox-api-key-sandbox-api-key!');
  const decipher = createDecipheriv('aes-256-cbc', key, iv);
  const bytes = Buffer.concat([decipher.update(dataEncrypt, 'base64'), decipher.final()]);
  return plaintext.parse(JSON.parse(bytes.toString()));
}
