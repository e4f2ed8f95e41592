import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SealedCallback } from '../../src/sandbox/callbacks/callback-crypto.ts';
import { API_KEY, CLIENT_ID, finishTask } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { startWebhookStory, type WebhookStory } from '../support/akool/webhook-story.ts';
import { post, ring, sealed, sealedText, type RouteAnswer } from '../support/akool/webhooks.ts';
import { untilClosed } from '../support/processes/until-closed.ts';

/** Whatever is wrong with a webhook, its sender learns one and the same thing, and nothing happens. */

let story: WebhookStory;
let task: { id: string; token: string };

beforeAll(async () => {
  story = await startWebhookStory();
  task = await story.bought();
});
afterAll(() => story.stop());

/** An answer without what is another one each time. */
function comparable({ status, headers, body }: RouteAnswer): object {
  const { date: _, 'x-request-id': __, ...rest } = headers;
  return { status, headers: rest, body };
}

function signed(dataEncrypt: string, timestamp: unknown = 7, nonce: unknown = 8): object {
  const parts = [CLIENT_ID, String(timestamp), String(nonce), dataEncrypt].sort();
  const signature = createHash('sha1').update(parts.join('')).digest('hex');
  return { signature, dataEncrypt, timestamp, nonce };
}

const claim = () => ({ _id: task.id, status: 3 });
const good = (): SealedCallback => sealed(claim());

function bent(at: number): object {
  const bytes = Buffer.from(good().dataEncrypt, 'base64');
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return signed(bytes.toString('base64'));
}

const malformed: readonly (readonly [string, () => object | string | Uint8Array])[] = [
  ['a wrong signature', () => ({ ...good(), signature: '0'.repeat(40) })],
  ['no signature', () => ({ ...good(), signature: undefined })],
  ['a number for a signature', () => ({ ...good(), signature: 7 })],
  ['an array for a signature', () => ({ ...good(), signature: [good().signature] })],
  ['a short signature', () => ({ ...good(), signature: '00' })],
  ['another timestamp than was signed', () => ({ ...good(), timestamp: 1 })],
  ['NaN for a timestamp', () => ({ ...good(), timestamp: Number.NaN })],
  ['no nonce', () => ({ ...good(), nonce: undefined })],
  ['a flipped padding', () => bent(Buffer.from(good().dataEncrypt, 'base64').length - 17)],
  ['a flipped block', () => bent(20)],
  ['a truncated ciphertext', () => signed(good().dataEncrypt.slice(0, 24))],
  ['a random ciphertext', () => signed(randomBytes(128).toString('base64'))],
  ['an empty ciphertext', () => signed('')],
  ['no base64', () => signed('****')],
  ['another account’s key', () => sealed(claim(), 'another-key-of-some-32-character')],
  ['a plaintext that is an array', () => sealedText(JSON.stringify([claim()]))],
  ['a plaintext that is no JSON', () => sealedText('hello')],
  ['a plaintext of its own prototype', () => sealedText('{"__proto__":{"_id":"x","status":3}}')],
  ['NUL in the _id', () => sealed({ ...claim(), _id: `${task.id}\0` })],
  ['no _id', () => sealedText('{"status":3}')],
  ['an empty body', () => ''],
  ['null', () => 'null'],
  ['an array', () => [good()]],
  ['a string', () => '"hello"'],
  ['no JSON', () => '{"signature":'],
  ['a form', () => 'signature=x&dataEncrypt=y'],
  ['no UTF-8', () => Buffer.from([0x7b, 0xff, 0x7d])],
  ['a body of its own prototype', () => `{"__proto__":${JSON.stringify(good())}}`],
  ['100,000 levels', () => '['.repeat(100_000)],
  ['a body of 4 MB', () => Buffer.alloc(4_000_000, ' ')],
  ['a good one after 100 KB of blanks', () => ' '.repeat(102_400) + JSON.stringify(good())],
];

describe('a malformed webhook', () => {
  it('is refused in one and the same way, whatever is wrong with it', async () => {
    const [first] = malformed;
    const reference = comparable(await post(story.gateway, task.token, first?.[1]() ?? ''));
    expect(reference).toMatchObject({ status: 400 });
    for (const [name, make] of malformed) {
      const answer = await post(story.gateway, task.token, make());
      expect([name, comparable(answer)]).toEqual([name, reference]);
      expect(answer.body).not.toMatch(/padding|JSON|signature|bad decrypt|zod/i);
    }
    expect(story.reads()).toBe(0);
    expect(story.gateway.logs.join()).not.toContain(API_KEY);
  });

  it('is 404 for a token that nobody was given, as a good one is', async () => {
    const unknown = randomBytes(32).toString('base64url');
    const answers = [];
    for (const body of [good(), '{', Buffer.alloc(4_000_000, ' ')]) {
      answers.push(comparable(await post(story.gateway, unknown, body)));
    }
    expect(answers[0]).toMatchObject({ status: 404 });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    for (const token of [
      '',
      'a/b',
      '..%2f',
      'x'.repeat(300),
      `${task.token}x`,
      task.token.slice(1),
    ]) {
      expect((await post(story.gateway, token, good())).status).toBe(404);
    }
    expect(story.reads()).toBe(0);
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'with %s is 405',
    async (method) => {
      const answer = await post(story.gateway, task.token, '', { method });
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toBe('POST');
    },
  );
});

describe('a body too large', () => {
  it('in chunks, 20 MB of them, is refused before it is all there, and nothing of it is kept', async () => {
    const { port, hostname } = new URL(story.gateway.url);
    const before = process.memoryUsage().rss;
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += String(chunk);
    });
    const closed = untilClosed(socket);
    socket.write(
      `POST /webhooks/akool/${task.token} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const chunk = `${(65_536).toString(16)}\r\n${' '.repeat(65_536)}\r\n`;
    let sent = 0;
    const pump = (): void => {
      while (sent < 320 && !socket.destroyed) {
        sent += 1;
        if (!socket.write(chunk)) {
          socket.once('drain', pump);
          return;
        }
      }
      if (!socket.destroyed) socket.end('0\r\n\r\n');
    };
    pump();
    await until(() => answer.includes('Not a webhook of this account.'));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    await closed;
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    expect(story.reads()).toBe(0);
  });
});

describe('a sender that is slow', () => {
  it('does not keep others from being heard', async () => {
    const { port, hostname } = new URL(story.gateway.url);
    const drips = Array.from({ length: 50 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(
        `POST /webhooks/akool/${task.token} HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{`,
      );
      return socket;
    });
    const other = await story.bought();
    finishTask(story.upstream, other.id);
    await ring(story.gateway, other.token, { _id: other.id, status: 3 });
    await until(async () => (await story.stateOf(other.id)).status === 'COMPLETED');
    for (const socket of drips) socket.destroy();
    expect((await post(story.gateway, task.token, '{')).status).toBe(400);
  });
});

describe('a good webhook', () => {
  it.each([
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
  ])('is taken as %o: its body decides', async (type) => {
    const one = await story.bought();
    finishTask(story.upstream, one.id);
    const body = sealed({ _id: one.id, status: 3 });
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    const answer = await post(story.gateway, one.token, body, { headers });
    expect([answer.status, answer.body]).toEqual([200, '{"received":true}']);
    await until(async () => (await story.stateOf(one.id)).status === 'COMPLETED');
  });

  it.each([
    ['old', 1],
    ['of the future', 4_102_444_800_000],
    ['in seconds', 1_778_806_300],
    ['a string', '1778806300000'],
    ['no number at all', 'yesterday'],
  ])('is taken with a timestamp that is %s: it proves nothing', async (_name, timestamp) => {
    const one = await story.bought();
    finishTask(story.upstream, one.id);
    const { dataEncrypt } = sealed({ _id: one.id, status: 3 });
    const { status } = await post(story.gateway, one.token, signed(dataEncrypt, timestamp, '0007'));
    expect(status).toBe(200);
    await until(async () => (await story.stateOf(one.id)).status === 'COMPLETED');
  });

  it('with more fields than are known is taken', async () => {
    const one = await story.bought();
    finishTask(story.upstream, one.id);
    const claim = { _id: one.id, status: 3, type: 'new', url: null, more: { a: [1] } };
    const { status } = await post(story.gateway, one.token, { ...sealed(claim), more: 1 });
    expect(status).toBe(200);
    await until(async () => (await story.stateOf(one.id)).status === 'COMPLETED');
  });
});

describe('a thousand webhooks a second', () => {
  it('are all answered, and the gateway goes on serving', async () => {
    const one = await story.bought();
    const bodies = Array.from({ length: 1000 }, (_, number) =>
      JSON.stringify(number % 2 === 0 ? sealed({ _id: one.id, status: 2 }) : { number }),
    );
    const reads = story.reads();
    const startedAt = performance.now();
    const statuses: number[] = [];
    const send = async (): Promise<void> => {
      for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
        statuses.push((await post(story.gateway, one.token, body)).status);
      }
    };
    await Promise.all(Array.from({ length: 50 }, send));
    expect(statuses.filter((status) => status === 200).length).toBe(500);
    expect(statuses.filter((status) => status === 400).length).toBe(500);
    const seconds = (performance.now() - startedAt) / 1000;
    expect(story.reads() - reads).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    expect(await story.stateOf(one.id)).toMatchObject({ status: 'QUEUED' });
  });
});
