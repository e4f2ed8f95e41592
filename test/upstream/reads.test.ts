import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DOCUMENTED_CODES } from '../../src/upstream/codes.ts';
import { UpstreamError } from '../../src/upstream/upstream.ts';
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

/**
 * Reads a task that always gets this answer; resolves to the error and how many attempts were made.
 */
async function failing(
  reply: scripted.ScriptedAnswer,
  readTimeoutMs = 20_000,
): Promise<{ error: UpstreamError; attempts: number }> {
  upstream.always('task', reply);
  const client = clientOf(upstream.url, { readTimeoutMs });
  const error: unknown = await client.readHeadSwapTask(ID).catch((thrown: unknown) => thrown);
  await client.close();
  if (!(error instanceof UpstreamError)) throw new Error(`read as ${JSON.stringify(error)}`);
  return { error, attempts: upstream.requestsTo('task').length };
}

describe('what each documented code makes of a read', () => {
  const tryLater = new Set([1015, 1108, 1205, 2001]);
  const others = DOCUMENTED_CODES.filter(
    (code) => ![1000, 1005, 1008, 1014].includes(code) && !tryLater.has(code),
  );

  test.each(others)('%i is a refusal, asked for once', async (code) => {
    const { error, attempts } = await failing(scripted.code(code, 'words of AKOOL'));
    expect(error).toMatchObject({
      kind: 'rejected',
      akoolCode: code,
      pauseMs: null,
      message: 'AKOOL refused: words of AKOOL',
    });
    expect(attempts).toBe(1);
  });

  test.each([...tryLater, 4242, 0])('%i is tried three times, then unavailable', async (code) => {
    const { error, attempts } = await failing(scripted.code(code));
    expect(error).toMatchObject({ kind: 'unavailable', akoolCode: code, pauseMs: null });
    expect(attempts).toBe(3);
  });

  test.each([1008, 1014])('%i is a denial', async (code) => {
    upstream.always('task', scripted.code(code));
    upstream.always('analysis', scripted.code(code));
    upstream.always('quota', scripted.code(code));
    const client = clientOf(upstream.url);
    expect(await client.readHeadSwapTask(ID)).toEqual({ kind: 'DENIED', code });
    expect(await client.readAnalysis(ID)).toEqual({ kind: 'DENIED', code });
    await expect(client.readCreditBalance()).rejects.toMatchObject({
      kind: 'rejected',
      akoolCode: code,
    });
  });

  test('a refusal in HTTP 401 goes by its code', async () => {
    const { error } = await failing(scripted.json({ code: 1102, msg: 'empty' }, 401));
    expect(error).toMatchObject({ kind: 'rejected', akoolCode: 1102 });
  });
});

describe('told to slow down, the read is not repeated and says for how long', () => {
  const limits: readonly (readonly [string, string | null, number])[] = [
    ['seconds', '7', 7_000],
    ['absent', null, 5_000],
    ['absurd', '31536000', 60_000],
    ['unreadable', '-3', 5_000],
  ];
  test.each(limits)('Retry-After %s', async (_name, retryAfter, pauseMs) => {
    const headers: Record<string, string> =
      retryAfter === null ? {} : { 'retry-after': retryAfter };
    const byCode = await failing(scripted.code(1005, 'too frequent', headers));
    expect(byCode.error).toMatchObject({ kind: 'unavailable', akoolCode: 1005, pauseMs });
    const byStatus = await failing(scripted.answer('slow down', 429, headers));
    expect(byStatus.error).toMatchObject({ kind: 'unavailable', akoolCode: null, pauseMs });
    expect(upstream.requestsTo('task')).toHaveLength(2);
  });

  test('Retry-After as a date', async () => {
    const date = new Date(Date.now() + 30_000).toUTCString();
    const { error } = await failing(scripted.answer('', 429, { 'retry-after': date }));
    expect(error.pauseMs).toBeGreaterThan(25_000);
    expect(error.pauseMs).toBeLessThanOrEqual(30_000);
  });
});

describe('what may pass is repeated, up to three attempts', () => {
  test.each([
    ['500', scripted.answer('{"code":1000,"msg":"OK","data":{}}', 500), null],
    ['502 with HTML', scripted.html(502), null],
    ['503 with a code', scripted.json({ code: 2001 }, 503), 2001],
    ['504 with more than 1 MB', scripted.answer(Buffer.alloc(2_000_000), 504), null],
    ['reset after the request was read', scripted.resetAfterReading, null],
    ['closed after the request was read', scripted.closeAfterReading, null],
    ['cut short', scripted.cutShort('{"code":1000,"msg":"OK"}'), null],
    ['a larger Content-Length', scripted.wrongContentLength('{"code":1000}', 99), null],
  ])('%s', async (_name, reply, akoolCode) => {
    const { error, attempts } = await failing(reply);
    expect(error).toMatchObject({ kind: 'unavailable', akoolCode, pauseMs: null });
    expect(attempts).toBe(3);
  });

  test('a single failure goes unnoticed', async () => {
    upstream.setTask(ID, { status: 2 });
    upstream.next('task', scripted.html(502), scripted.resetAfterReading);
    const seen = await clientOf(upstream.url).readHeadSwapTask(ID);
    expect(seen).toMatchObject({ id: ID, status: 'PROCESSING' });
  });
});

describe('one deadline covers the whole answer', () => {
  test.each([
    ['an answer that hangs', scripted.hang],
    ['a drip, a byte at a time', scripted.drip(10)],
  ])('%s', async (_name, reply) => {
    const began = performance.now();
    const { error, attempts } = await failing(reply, 300);
    expect(error).toMatchObject({ kind: 'unavailable', akoolCode: null });
    expect(error.message).toBe('AKOOL could not be reached: timed out.');
    expect(attempts).toBe(1);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('retries stay within it', async () => {
    upstream.always('task', scripted.html(502));
    upstream.next('task', scripted.html(502), scripted.hang);
    const client = clientOf(upstream.url, { readTimeoutMs: 1_000 });
    await expect(client.readHeadSwapTask(ID)).rejects.toMatchObject({ kind: 'unavailable' });
    // With a deadline of its own the one that hung would have been followed by a third.
    expect(upstream.requestsTo('task')).toHaveLength(2);
  });
});

describe('what is not AKOOL’s wire is a protocol error, and not asked for again', () => {
  const good = JSON.stringify({ code: 1000, data: { _id: ID, status: 1 } });
  test.each([
    ['HTML with 200', scripted.html()],
    ['HTML with 403', scripted.html(403)],
    ['nothing with 204', scripted.answer('', 204)],
    ['code as another string', scripted.json({ code: '0x3e8', data: { _id: ID } })],
    ['code missing', scripted.json({ data: { _id: ID } })],
    ['data missing', scripted.json({ code: 1000, msg: 'OK' })],
    ['data null', scripted.success(null)],
    ['data an array', scripted.success([{ _id: ID }])],
    ['_id missing', scripted.success({ status: 1 })],
    ['another _id in the answer', scripted.success({ _id: 'another', status: 3 })],
    ['another case of the _id', scripted.success({ _id: ID.toUpperCase(), status: 3 })],
    ['truncated JSON', scripted.answer(good.slice(0, -1))],
    ['NUL', scripted.answer(`${good}\0`)],
    ['not UTF-8', scripted.answer(Buffer.from('{"code":1000,"msg":"\xff"}', 'latin1'))],
    ['100k-deep JSON', scripted.answer('{"data":'.repeat(100_000))],
    ['200 MB body', scripted.huge(200 * 1024 * 1024)],
    ['gzip bomb', scripted.gzipBomb(50 * 1024 * 1024, { _id: ID, status: 1 })],
    ['damaged gzip', scripted.answer(good, 200, { 'content-encoding': 'gzip' })],
    ['302', scripted.redirect(302, '/api/open/v4/headswap/task/detail')],
    ['307', scripted.redirect(307, '/api/open/v4/headswap/task/detail')],
    ['308', scripted.redirect(308, '/api/open/v4/headswap/task/detail')],
  ])('%s', async (_name, reply) => {
    const { error, attempts } = await failing(reply);
    expect(error.kind).toBe('protocol');
    expect(attempts).toBe(1);
  });

  test('a redirect to another host is never followed', async () => {
    const other = await startScriptedUpstream();
    const { error } = await failing(scripted.redirect(302, `${other.url}/`));
    expect(error.kind).toBe('protocol');
    expect(other.connections).toBe(0);
    await other.stop();
  });

  test('1 MB to the byte is still read; decoded bytes count', async () => {
    const shell = JSON.stringify({ code: 1000, data: { _id: ID, pad: '' } });
    const pad = 'x'.repeat(1024 * 1024 - shell.length);
    const json = JSON.stringify({ code: 1000, data: { _id: ID, pad } });
    upstream.next('task', scripted.answer(json), scripted.answer(`${json} `));
    const client = clientOf(upstream.url);
    expect(await client.readHeadSwapTask(ID)).toMatchObject({ id: ID });
    await expect(client.readHeadSwapTask(ID)).rejects.toMatchObject({ kind: 'protocol' });
  });
});
