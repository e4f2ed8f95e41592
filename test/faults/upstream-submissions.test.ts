import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { DOCUMENTED_CODES } from '../../src/upstream/codes.ts';
import type { Submission } from '../../src/upstream/upstream.ts';
import { clientOf, noop, ORDER } from '../support/akool-client.ts';
import * as scripted from '../support/scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts';

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => upstream.stop());

/** Both submissions meet the same answer; each must have been sent at most once. */
async function submitBoth(reply: scripted.ScriptedAnswer): Promise<Submission<unknown>[]> {
  upstream.always('createTask', reply);
  upstream.always('analyze', reply);
  const client = clientOf(upstream.url, { submitTimeoutMs: 300 });
  const outcomes = await Promise.all([
    client.createHeadSwapTask(ORDER, noop),
    client.submitAnalysis(ORDER.videoUrl, noop),
  ]);
  await client.close();
  expect(upstream.requestsTo('createTask')).toHaveLength(1);
  expect(upstream.requestsTo('analyze')).toHaveLength(1);
  expect(upstream.connections).toBe(2);
  return outcomes;
}

/** What both outcomes are to match. */
const both = (
  outcome: Readonly<Record<string, unknown>>,
): readonly Readonly<Record<string, unknown>>[] => [outcome, outcome];

describe('what each documented code makes of a submission', () => {
  const billing = new Set([1006, 1103, 1104, 1213, 1221]);
  const unknown = new Set([1015, 1108, 1205, 2001]);
  const expected = (code: number): Readonly<Record<string, unknown>> => {
    if (unknown.has(code)) return { outcome: 'unknown', reason: `code ${code}` };
    if (code === 1005) return { outcome: 'unavailable', pauseMs: 5_000 };
    return {
      outcome: billing.has(code) ? 'billing' : 'rejected',
      code,
      message: `scripted ${code}`,
    };
  };

  test('all of the contract are there', () => {
    expect(DOCUMENTED_CODES).toEqual([
      1000, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1014, 1015, 1016, 1101, 1102,
      1103, 1104, 1108, 1200, 1203, 1204, 1205, 1207, 1208, 1209, 1210, 1213, 1221, 1222, 2001,
    ]);
  });

  const failures = DOCUMENTED_CODES.filter((code) => code !== 1000);
  for (const status of [200, 400]) {
    test.each(failures)(`HTTP ${status} with %i`, async (code) => {
      const reply = scripted.json({ code, msg: `scripted ${code}` }, status);
      expect(await submitBoth(reply)).toMatchObject(both(expected(code)));
    });
  }

  test.each([4242, 0, -1, 1000.5, 999])('undocumented %d is unknown', async (code) => {
    expect(await submitBoth(scripted.code(code))).toMatchObject(both({ outcome: 'unknown' }));
  });
});

describe('an accepted submission', () => {
  test('carries the observation of the answer', async () => {
    const client = clientOf(upstream.url);
    expect(await client.submitAnalysis('https://a.b', noop)).toMatchObject({
      outcome: 'accepted',
      observation: { kind: 'ANALYSIS', status: 'QUEUED', progress: 0, persons: null },
    });
    expect(await client.createHeadSwapTask(ORDER, noop)).toMatchObject({
      outcome: 'accepted',
      observation: {
        kind: 'HEAD_SWAP_TASK',
        status: 'QUEUED',
        resolution: 'P720',
        outputUrl: null,
        durationSeconds: 10,
        deductionLockDuration: 100,
        deductionDuration: null,
      },
    });
  });

  test('needs nothing but a string _id', async () => {
    const data = { _id: 'x', status: 'done', progress: [], resolution: 4, video_url: {} };
    const odd = { ...data, create_time: 'now', task_id: 9, error_code: '0' };
    const observation = { id: 'x', status: null, progress: null, createdAt: null, supportId: null };
    expect(await submitBoth(scripted.success(odd))).toMatchObject(
      both({ outcome: 'accepted', observation }),
    );
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('may come in %s, though identity was asked for', async (encoding, pack) => {
    const body = pack(Buffer.from(JSON.stringify({ code: 1000, data: { _id: 'x' } })));
    const reply = scripted.answer(body, 200, { 'content-encoding': encoding });
    expect(await submitBoth(reply)).toMatchObject(both({ outcome: 'accepted' }));
  });

  test('may come with HTTP 201', async () => {
    const reply = scripted.json({ code: 1000, data: { _id: 'x' } }, 201);
    expect(await submitBoth(reply)).toMatchObject(both({ outcome: 'accepted' }));
  });
});

describe('what leaves', () => {
  const odd = 'HTTPS://Ex%61mple.com:443/a b/../ü.mp4?x=%zz#frag\u{1F600}';

  test('carries the caller’s strings byte for byte', async () => {
    const client = clientOf(upstream.url);
    await client.submitAnalysis(odd, noop);
    await client.createHeadSwapTask(
      {
        ...ORDER,
        videoUrl: odd,
        mappings: [{ objId: 3, faceUrl: odd }],
        resolution: 'P480',
        keepOriginalSound: false,
        templateId: 't-1',
        webhookUrl: 'https://me.example/webhooks/akool/x',
      },
      noop,
    );
    expect(upstream.requestsTo('analyze')[0]?.json).toEqual({ video_url: odd, type: 'head' });
    expect(upstream.requestsTo('createTask')[0]?.json).toEqual({
      video_url: odd,
      mappings: [{ obj_id: 3, img_url: odd }],
      model_name: 'akool-premium',
      resolution: '480p',
      keep_original_sound: false,
      template_id: 't-1',
      webhookUrl: 'https://me.example/webhooks/akool/x',
    });
    for (const { rawBody } of upstream.requests) {
      expect(rawBody.includes(`"video_url":"${odd}"`)).toBe(true);
    }
  });

  test('leaves out what was not given', async () => {
    await clientOf(upstream.url).createHeadSwapTask(ORDER, noop);
    const [request] = upstream.requestsTo('createTask');
    expect(Object.keys(Object(request?.json))).toEqual([
      'video_url',
      'mappings',
      'model_name',
      'resolution',
      'keep_original_sound',
    ]);
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      connection: 'close',
    });
  });
});

describe('answers that leave the outcome unknown', () => {
  const accepted = JSON.stringify({ code: 1000, msg: 'OK', data: { _id: 'bought' } });
  const answers: readonly (readonly [string, scripted.ScriptedAnswer])[] = [
    ['500', scripted.answer(accepted, 500)],
    ['502 with HTML', scripted.html(502)],
    ['503', scripted.answer('', 503)],
    ['504 with a refusing envelope', scripted.json({ code: 1104, msg: 'x' }, 504)],
    ['500 with 1005', scripted.json({ code: 1005, msg: 'x' }, 500)],
    ['HTML with 200', scripted.html()],
    ['HTML with 403', scripted.html(403)],
    ['nothing with 204', scripted.answer('', 204)],
    ['an empty body', scripted.answer('')],
    ['code as a string', scripted.json({ code: '1000', data: { _id: 'x' } })],
    ['code missing', scripted.json({ data: { _id: 'x' } })],
    ['an array', scripted.json([1000])],
    ['null', scripted.json(null)],
    ['data missing', scripted.json({ code: 1000, msg: 'OK' })],
    ['data null', scripted.success(null)],
    ['data an array', scripted.success([{ _id: 'x' }])],
    ['no _id', scripted.success({ status: 1 })],
    ['_id a number', scripted.success({ _id: 7 })],
    ['_id empty', scripted.success({ _id: '' })],
    ['_id of 1 MB', scripted.success({ _id: 'x'.repeat(1_000_000) })],
    ['_id only in __proto__', scripted.answer('{"code":1000,"data":{"__proto__":{"_id":"x"}}}')],
    ['truncated JSON', scripted.answer(accepted.slice(0, -2))],
    ['not UTF-8', scripted.answer(Buffer.from(`{"code":1000,"data":{"_id":"\xff"}}`, 'latin1'))],
    ['NUL before it', scripted.answer(`\0${accepted}`)],
    ['100,000 levels deep', scripted.answer('['.repeat(100_000))],
    ['a larger Content-Length', scripted.wrongContentLength(accepted, accepted.length + 5)],
    ['a smaller Content-Length', scripted.wrongContentLength(accepted, accepted.length - 5)],
    ['cut short', scripted.cutShort(accepted)],
    ['200 MB', scripted.huge(200 * 1024 * 1024)],
    ['gzip bomb', scripted.gzipBomb(50 * 1024 * 1024, { _id: 'bought' })],
    ['unknown encoding', scripted.answer(accepted, 200, { 'content-encoding': 'zstd' })],
    ['302', scripted.redirect(302, 'http://127.0.0.1:1/')],
    ['307', scripted.redirect(307, 'http://127.0.0.1:1/')],
    ['308', scripted.redirect(308, '/api/open/v4/headswap/task/create')],
    ['304', scripted.answer('', 304)],
    ['an answer that hangs', scripted.hang],
    ['a drip', scripted.drip()],
    ['reset after the request was read', scripted.resetAfterReading],
    ['closed after the request was read', scripted.closeAfterReading],
    ['bytes that are not HTTP', scripted.raw('220 smtp.example.com ESMTP\r\n')],
    ['an informational answer alone', scripted.raw('HTTP/1.1 103 Early Hints\r\n\r\n')],
  ];

  test.each(answers)('%s', async (_name, reply) => {
    expect(await submitBoth(reply)).toMatchObject(both({ outcome: 'unknown' }));
  });

  test('reset at the first byte of the request', async () => {
    upstream.connectionMode = 'reset-on-data';
    const client = clientOf(upstream.url);
    expect(await client.createHeadSwapTask(ORDER, noop)).toMatchObject({ outcome: 'unknown' });
    expect(upstream.connections).toBe(1);
  });

  test('after the deadline, which nothing prolongs', async () => {
    upstream.always('createTask', scripted.drip(10));
    const client = clientOf(upstream.url, { submitTimeoutMs: 200 });
    const began = performance.now();
    expect(await client.createHeadSwapTask(ORDER, noop)).toEqual({
      outcome: 'unknown',
      reason: 'timed out',
    });
    expect(performance.now() - began).toBeLessThan(1_500);
  });
});

test('a redirect is never followed: the other host hears nothing', async () => {
  const other = await startScriptedUpstream();
  for (const status of [302, 307, 308] as const) {
    upstream.next(
      'createTask',
      scripted.redirect(status, `${other.url}/api/open/v4/headswap/task/create`),
    );
    await clientOf(upstream.url).createHeadSwapTask(ORDER, noop);
  }
  expect(upstream.requestsTo('createTask')).toHaveLength(3);
  expect(other.connections).toBe(0);
  await other.stop();
});

describe('answers that are odd but whole', () => {
  const body = '{"code":1104,"msg":"first","msg":"no credits","__proto__":{"code":1000}}';
  test.each([
    ['with a BOM', scripted.answer(`\uFEFF${body}`)],
    ['with HTTP 402', scripted.answer(body, 402)],
    ['with text/html', scripted.answer(body, 200, { 'content-type': 'text/html' })],
    [
      'ended by the connection',
      scripted.raw(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${body}`),
    ],
    [
      'after an informational answer',
      scripted.raw(
        `HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      ),
    ],
  ])('%s', async (_name, reply) => {
    const outcome = { outcome: 'billing', code: 1104, message: 'no credits' };
    expect(await submitBoth(reply)).toEqual(both(outcome));
  });
});

describe('a submission told to slow down', () => {
  test.each([
    ['seconds', () => '7', 7_000],
    ['a date', () => new Date(Date.now() + 10_500).toUTCString(), 10_000],
    ['absent', () => null, 5_000],
    ['absurd', () => '999999999999', 60_000],
    ['unreadable', () => 'soon', 5_000],
  ])('Retry-After %s', async (_name, header, pauseMs) => {
    const retryAfter = header();
    const headers: Record<string, string> =
      retryAfter === null ? {} : { 'retry-after': retryAfter };
    for (const reply of [
      scripted.json({ code: 1005, msg: 'too frequent' }, 200, headers),
      scripted.answer('<html>', 429, headers),
      scripted.json({ code: 1000, data: { _id: 'x' } }, 429, headers),
    ]) {
      upstream.next('createTask', reply);
      const outcome = await clientOf(upstream.url).createHeadSwapTask(ORDER, noop);
      expect(outcome.outcome).toBe('unavailable');
      const pause = outcome.outcome === 'unavailable' ? outcome.pauseMs : null;
      expect(Math.abs((pause ?? 0) - pauseMs)).toBeLessThan(1_500);
    }
  });
});

describe('beforeSend', () => {
  test('is awaited before a socket is opened, once', async () => {
    const client = clientOf(upstream.url);
    let calls = 0;
    await client.createHeadSwapTask(ORDER, async () => {
      calls += 1;
      await new Promise<void>((resolve) => systemClock.after(50, resolve));
      expect(upstream.connections).toBe(0);
    });
    expect(calls).toBe(1);
    expect(upstream.connections).toBe(1);
  });

  test('stops the send and passes its rejection on', async () => {
    const client = clientOf(upstream.url);
    const reason = new Error('the record could not be written');
    await expect(client.createHeadSwapTask(ORDER, () => Promise.reject(reason))).rejects.toBe(
      reason,
    );
    await expect(client.submitAnalysis('https://a.b', () => Promise.reject(reason))).rejects.toBe(
      reason,
    );
    expect(upstream.connections).toBe(0);
  });
});
