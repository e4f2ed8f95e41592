import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clientOf } from '../support/akool/akool-client.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';

const ID = '6a066d03625746c797390f55';

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => upstream.stop());

describe('odd but whole answers are read', () => {
  const read = async (body: string | Uint8Array): Promise<unknown> => {
    upstream.next('task', scripted.answer(body));
    return clientOf(upstream.url).readHeadSwapTask(ID);
  };

  test('a BOM, duplicate keys and __proto__', async () => {
    const body = `\uFEFF{"code":5,"code":1000,"__proto__":{"code":1},"data":{"__proto__":{"status":4},"_id":"${ID}","status":1,"status":2}}`;
    expect(await read(body)).toMatchObject({ id: ID, status: 'PROCESSING' });
    expect(Reflect.get({}, 'status')).toBeUndefined();
  });

  test('lone surrogates are mended', async () => {
    const body = `{"code":1000,"data":{"_id":"${ID}","status":4,"error_reason":"a\\ud800b\\u0000c","error_code":7}}`;
    expect(await read(body)).toMatchObject({ failure: { reason: 'a\uFFFDbc', code: 7 } });
  });

  test.each([0, 5, 99, '"3.5"', 'null', '3.5', '[3]', 'true'])(
    'status %s is none',
    async (status) => {
      expect(await read(`{"code":1000,"data":{"_id":"${ID}","status":${status}}}`)).toMatchObject({
        status: null,
      });
    },
  );

  test('a deep document in a field nobody asks for', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(await read(`{"code":1000,"data":{"_id":"${ID}","x":${deep}}}`)).toMatchObject({
      id: ID,
    });
  });

  test('status 4 with a 1 MB reason', async () => {
    const reason = 'x'.repeat(1_000_000);
    const body = JSON.stringify({ code: 1000, data: { _id: ID, status: 4, error_reason: reason } });
    expect(await read(body)).toMatchObject({ failure: { reason: 'x'.repeat(500) } });
  });
});

describe('ids on their way into a URL', () => {
  test('are encoded, and come back as they went', async () => {
    const id = '../x?_id=y&a=b#c/ü%2F\n';
    upstream.setAnalysis(id);
    expect(await clientOf(upstream.url).readAnalysis(id)).toMatchObject({ id });
    expect(upstream.requests[0]?.path).toBe(
      `/api/open/v4/headswap/analyze/detail?_id=${encodeURIComponent(id)}`,
    );
  });

  test.each(['', '\uD800', 'x'.repeat(256)])(
    'that cannot be ids are denied unasked',
    async (id) => {
      const client = clientOf(upstream.url);
      expect(await client.readAnalysis(id)).toEqual({ kind: 'DENIED', code: 1008 });
      expect(await client.readHeadSwapTask(id)).toEqual({ kind: 'DENIED', code: 1008 });
      expect(upstream.connections).toBe(0);
    },
  );
});

describe('the base URL may carry a path', () => {
  test.each(['', '/'])('ending in "%s"', async (end) => {
    const prefixed = await startScriptedUpstream({ prefix: '/proxy/akool' });
    const client = clientOf(prefixed.url + end);
    prefixed.setTask(ID);
    expect(await client.readHeadSwapTask(ID)).toMatchObject({ id: ID });
    expect(await client.readCreditBalance()).toBe(1_000);
    expect(await client.submitAnalysis('https://a.b', { startBy: Infinity })).toMatchObject({
      outcome: 'accepted',
    });
    expect(prefixed.requestsTo('task')[0]?.path).toBe(
      `/api/open/v4/headswap/task/detail?_id=${ID}`,
    );
    await prefixed.stop();
  });
});

test('the credit balance is null when AKOOL gives no number', async () => {
  upstream.next(
    'quota',
    scripted.success({}),
    scripted.success({ credit: 'twelve' }),
    scripted.success(null),
  );
  const client = clientOf(upstream.url);
  expect(await client.readCreditBalance()).toBeNull();
  expect(await client.readCreditBalance()).toBeNull();
  await expect(client.readCreditBalance()).rejects.toMatchObject({ kind: 'protocol' });
});

test('regressing statuses and a vanishing job are handed over as they are', async () => {
  const client = clientOf(upstream.url);
  const statuses: unknown[] = [];
  for (const status of [3, 2, 1, 4, 3]) {
    upstream.setTask(ID, { status });
    const seen = await client.readHeadSwapTask(ID);
    statuses.push(seen.kind === 'DENIED' ? null : seen.status);
  }
  expect(statuses).toEqual(['COMPLETED', 'PROCESSING', 'QUEUED', 'FAILED', 'COMPLETED']);
  upstream.forget(ID);
  expect(await client.readHeadSwapTask(ID)).toEqual({ kind: 'DENIED', code: 1014 });
});
