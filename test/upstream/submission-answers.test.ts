import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clientOf, ANY_TIME, ORDER } from '../support/akool/akool-client.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { both, submitBoth } from '../support/akool/submit-both.ts';

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => upstream.stop());

describe('answers that leave the outcome unknown', () => {
  const accepted = JSON.stringify({ code: 1000, msg: 'OK', data: { _id: 'bought' } });
  const answers: readonly (readonly [string, scripted.ScriptedAnswer])[] = [
    ['500', scripted.answer(accepted, 500)],
    ['502 with HTML', scripted.html(502)],
    ['503', scripted.answer('', 503)],
    ['504 with a refusing envelope', scripted.json({ code: 1104, msg: 'x' }, 504)],
    ['500 with 1005', scripted.json({ code: 1005, msg: 'x' }, 500)],
    ['HTML with 200', scripted.html()],
    ['nothing with 204', scripted.answer('', 204)],
    ['an empty body', scripted.answer('')],
    ['code as another string', scripted.json({ code: '1000 ', data: { _id: 'x' } })],
    ['code missing', scripted.json({ data: { _id: 'x' } })],
    ['an array', scripted.json([1000])],
    ['null', scripted.json(null)],
    ['data missing', scripted.json({ code: 1000, msg: 'OK' })],
    ['data null', scripted.success(null)],
    ['data an array', scripted.success([{ _id: 'x' }])],
    ['no _id', scripted.success({ status: 1 })],
    ['_id a number', scripted.success({ _id: 7 })],
    ['_id empty', scripted.success({ _id: '' })],
    ['_id with NUL', scripted.success({ _id: 'bou\0ght' })],
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

  /** Those that do not end. */
  const endless = new Set(['an answer that hangs', 'a drip', 'an informational answer alone']);

  test.each(answers)('%s', async (name, reply) => {
    const submitTimeoutMs = endless.has(name) ? 1_000 : 20_000;
    expect(await submitBoth(upstream, reply, submitTimeoutMs)).toMatchObject(
      both({ outcome: 'unknown' }),
    );
  });

  test('reset at the first byte of the request', async () => {
    upstream.connectionMode = 'reset-on-data';
    const client = clientOf(upstream.url);
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({ outcome: 'unknown' });
    expect(upstream.connections).toBe(1);
  });

  test('after the deadline, which nothing prolongs', async () => {
    upstream.always('createTask', scripted.drip(10));
    const client = clientOf(upstream.url, { submitTimeoutMs: 1_000 });
    const began = performance.now();
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toEqual({
      outcome: 'unknown',
      reason: 'timed out',
    });
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

test('a redirect is never followed: the other host hears nothing', async () => {
  const other = await startScriptedUpstream();
  for (const status of [302, 307, 308] as const) {
    upstream.next(
      'createTask',
      scripted.redirect(status, `${other.url}/api/open/v4/headswap/task/create`),
    );
    await clientOf(upstream.url).createHeadSwapTask(ORDER, ANY_TIME);
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
    expect(await submitBoth(upstream, reply)).toEqual(both(outcome));
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
      const outcome = await clientOf(upstream.url).createHeadSwapTask(ORDER, ANY_TIME);
      expect(outcome.outcome).toBe('unavailable');
      const pause = outcome.outcome === 'unavailable' ? outcome.pauseMs : null;
      expect(Math.abs((pause ?? 0) - pauseMs)).toBeLessThan(1_500);
    }
  });
});
