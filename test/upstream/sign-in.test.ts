import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ScriptedAnswer } from '../support/akool/scripted-answers.ts';
import { CANARY_KEY, clientOf, ANY_TIME, ORDER } from '../support/akool/akool-client.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';

const ID = '6a066d03625746c797390f55';

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  upstream.setTask(ID);
});
afterEach(() => upstream.stop());

/** Answers well to this token alone, and with 1101 to every other. */
function onlyFor(token: string, answer: ScriptedAnswer): ScriptedAnswer {
  return (exchange) =>
    exchange.request.headers['authorization'] === `Bearer ${token}`
      ? answer(exchange)
      : scripted.code(1101, 'authorization invalid')(exchange);
}

describe('with the key', () => {
  test('x-api-key is the one header, and getToken is never asked', async () => {
    const client = clientOf(upstream.url);
    await client.readHeadSwapTask(ID);
    await client.createHeadSwapTask(ORDER, ANY_TIME);
    for (const { headers } of upstream.requests) {
      expect(headers['x-api-key']).toBe(CANARY_KEY);
      expect(headers).not.toHaveProperty('authorization');
    }
    expect(upstream.requestsTo('getToken')).toHaveLength(0);
  });

  test('a 1101 is the operator’s mistake: said once in the log, and again after things went well', async () => {
    const client = clientOf(upstream.url);
    const refused = scripted.code(1101, 'authorization invalid');
    upstream.next('task', refused, refused);
    for (let i = 0; i < 2; i += 1) {
      await expect(client.readHeadSwapTask(ID)).rejects.toMatchObject({ akoolCode: 1101 });
    }
    const said = (): number => client.logged.filter(({ level }) => level === 'error').length;
    expect(said()).toBe(1);
    await client.readHeadSwapTask(ID);
    upstream.next('createTask', refused);
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({ outcome: 'rejected' });
    expect(said()).toBe(2);
    expect(upstream.requestsTo('createTask')).toHaveLength(1);
  });
});

describe('with a token', () => {
  test('one token serves everything, in one header', async () => {
    const client = clientOf(upstream.url, { auth: 'token' });
    await Promise.all([
      client.readHeadSwapTask(ID),
      client.readCreditBalance(),
      client.createHeadSwapTask(ORDER, ANY_TIME),
      client.submitAnalysis('https://a.b', ANY_TIME),
    ]);
    const [tokenRequest] = upstream.requestsTo('getToken');
    expect(upstream.requestsTo('getToken')).toHaveLength(1);
    expect(tokenRequest?.headers).not.toHaveProperty('authorization');
    expect(tokenRequest?.json).toEqual({
      clientId: 'scripted-client-id',
      clientSecret: CANARY_KEY,
    });
    for (const { headers } of upstream.requests) expect(headers).not.toHaveProperty('x-api-key');
    const others = upstream.requests.filter((request) => request !== tokenRequest);
    expect(others).toHaveLength(4);
    for (const { headers } of others) {
      expect(headers['authorization']).toBe('Bearer scripted-token-1');
    }
  });

  test('a refused one is renewed once, however many find out at once', async () => {
    const client = clientOf(upstream.url, { auth: 'token' });
    await client.readHeadSwapTask(ID);
    upstream.always('task', onlyFor('scripted-token-2', scripted.success({ _id: ID, status: 2 })));
    const seen = await Promise.all(Array.from({ length: 20 }, () => client.readHeadSwapTask(ID)));
    expect(seen.every((task) => task.kind !== 'DENIED' && task.status === 'PROCESSING')).toBe(true);
    expect(upstream.requestsTo('getToken')).toHaveLength(2);
    expect(client.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('a 1101 on a create is followed by exactly one more try', async () => {
    const client = clientOf(upstream.url, { auth: 'token' });
    upstream.always('createTask', onlyFor('scripted-token-2', scripted.success({ _id: 'new' })));
    const submission = await client.createHeadSwapTask(ORDER, ANY_TIME);
    expect(submission).toMatchObject({ outcome: 'accepted', observation: { id: 'new' } });
    expect(upstream.requestsTo('createTask')).toHaveLength(2);
  });

  test('a second 1101 is a refusal', async () => {
    const client = clientOf(upstream.url, { auth: 'token' });
    upstream.always('createTask', scripted.code(1101));
    upstream.always('task', scripted.code(1101));
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({
      outcome: 'rejected',
      code: 1101,
    });
    expect(upstream.requestsTo('createTask')).toHaveLength(2);
    await expect(client.readHeadSwapTask(ID)).rejects.toMatchObject({ kind: 'rejected' });
    expect(upstream.requestsTo('task')).toHaveLength(2);
  });

  test('a second try that is lost is unknown', async () => {
    const client = clientOf(upstream.url, { auth: 'token', submitTimeoutMs: 1_500 });
    upstream.next('createTask', scripted.code(1101), scripted.hang);
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({ outcome: 'unknown' });
    expect(upstream.requestsTo('createTask')).toHaveLength(2);
  });

  test('one that cannot be got buys nothing', async () => {
    const client = clientOf(upstream.url, { auth: 'token' });
    const impatient = clientOf(upstream.url, { auth: 'token', readTimeoutMs: 300 });
    upstream.next('getToken', scripted.code(1104, 'no credits'));
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({
      outcome: 'billing',
      code: 1104,
    });
    upstream.next('getToken', scripted.code(1101, 'wrong secret'));
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({
      outcome: 'rejected',
      code: 1101,
    });
    upstream.next('getToken', scripted.code(1005, 'slow down', { 'retry-after': '9' }));
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toEqual({
      outcome: 'unavailable',
      pauseMs: 9_000,
    });
    for (const [asking, reply] of [
      [client, scripted.json({ code: 1000 })],
      [client, scripted.json({ code: 1000, token: 'with a space' })],
      [client, scripted.json({ code: 1000, data: { token: 'elsewhere' } })],
      [client, scripted.html()],
      [impatient, scripted.hang],
    ] as const) {
      upstream.next('getToken', reply);
      expect(await asking.createHeadSwapTask(ORDER, ANY_TIME)).toEqual({
        outcome: 'unavailable',
        pauseMs: null,
      });
    }
    expect(upstream.requestsTo('createTask')).toHaveLength(0);
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({ outcome: 'accepted' });
  });

  test('needs a client id', () => {
    expect(() => clientOf(upstream.url, { auth: 'token', clientId: null })).toThrow(TypeError);
  });
});

describe('canaries: whatever AKOOL echoes, no key and no token comes out', () => {
  const TOKEN = 'canary-token-abcdef0123456789';
  const OTHER = 'canary-other-secret-0123456789';
  const echo = `key ${CANARY_KEY}, split ${CANARY_KEY.slice(0, 9)}\u0000${CANARY_KEY.slice(9)}, token ${TOKEN}, ${OTHER}`;
  /** The cut at 500 falls into the key. */
  const atTheCut = 'x'.repeat(490) + CANARY_KEY;

  test.each([echo, atTheCut])('%s', async (words) => {
    upstream.always('getToken', scripted.json({ code: 1000, token: TOKEN }));
    const client = clientOf(upstream.url, { auth: 'token', secrets: [OTHER] });
    const came: unknown[] = [];
    const keep = (thrown: unknown): void => {
      came.push(thrown instanceof Error ? [Object.entries(thrown), thrown.stack] : thrown);
    };
    for (const code of [1003, 1104, 2001, 4242, 1101, 1200]) {
      upstream.always('task', scripted.code(code, words));
      upstream.always('createTask', scripted.code(code, words));
      came.push(await client.createHeadSwapTask(ORDER, ANY_TIME));
      await client.readHeadSwapTask(ID).then(keep, keep);
    }
    const urls = { img_url: `https://a.b/${TOKEN}`, obj_id: 0 };
    const data = {
      _id: ID,
      status: 4,
      error_reason: words,
      file_name: words,
      model_name: words,
      task_id: words,
      video_url: `https://a.b/?k=${CANARY_KEY}`,
      source_video_url: `https://a.b/?k=${TOKEN}`,
      analysis_result: { media: [urls] },
    };
    for (const endpoint of ['task', 'createTask', 'analysis', 'analyze'] as const) {
      upstream.always(endpoint, scripted.success(data));
    }
    came.push(
      await client.readHeadSwapTask(ID),
      await client.readAnalysis(ID),
      await client.createHeadSwapTask(ORDER, ANY_TIME),
      await client.submitAnalysis(ORDER.videoUrl, ANY_TIME),
      client.logged,
    );
    const everything = JSON.stringify(came);
    expect(came).toHaveLength(17);
    for (const secret of [CANARY_KEY, TOKEN, OTHER, 'canary-a', 'canary-t', 'canary-o']) {
      expect(everything).not.toContain(secret);
    }
  });
});
