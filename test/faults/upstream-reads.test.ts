import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DOCUMENTED_CODES } from '../../src/upstream/codes.ts';
import { UpstreamError } from '../../src/upstream/upstream.ts';
import { clientOf } from '../support/akool-client.ts';
import * as scripted from '../support/scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts';

const ID = '6a066d03625746c797390f55';

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => upstream.stop());

/** Reads a task that always gets this answer; resolves to the error and how many attempts were made. */
async function failing(
  reply: scripted.ScriptedAnswer,
): Promise<{ error: UpstreamError; attempts: number }> {
  upstream.always('task', reply);
  const client = clientOf(upstream.url, { readTimeoutMs: 300 });
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
    const { error, attempts } = await failing(reply);
    expect(error).toMatchObject({ kind: 'unavailable', akoolCode: null });
    expect(error.message).toBe('AKOOL could not be reached: timed out.');
    expect(attempts).toBe(1);
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  test('retries stay within it', async () => {
    upstream.always('task', scripted.html(502));
    upstream.next('task', scripted.html(502), scripted.hang);
    const client = clientOf(upstream.url, { readTimeoutMs: 300 });
    const began = performance.now();
    await expect(client.readHeadSwapTask(ID)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(upstream.requestsTo('task')).toHaveLength(2);
  });
});

describe('what is not AKOOL’s wire is a protocol error, and not asked for again', () => {
  const good = JSON.stringify({ code: 1000, data: { _id: ID, status: 1 } });
  test.each([
    ['HTML with 200', scripted.html()],
    ['HTML with 403', scripted.html(403)],
    ['nothing with 204', scripted.answer('', 204)],
    ['code as a string', scripted.json({ code: '1000', data: { _id: ID } })],
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

  test.each([0, 5, 99, '"3"', 'null', '3.5', '[3]', 'true'])(
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
    expect(await client.submitAnalysis('https://a.b', () => Promise.resolve())).toMatchObject({
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
    scripted.success({ credit: '12' }),
    scripted.success(null),
  );
  const client = clientOf(upstream.url);
  expect(await client.readCreditBalance()).toBeNull();
  expect(await client.readCreditBalance()).toBeNull();
  await expect(client.readCreditBalance()).rejects.toMatchObject({ kind: 'protocol' });
});

test('half the reads failing: attempts stay within 1.1 times the reads', async () => {
  const reads = 300;
  let asked = 0;
  upstream.setTask(ID);
  upstream.always('task', (exchange) => {
    asked += 1;
    const reply = asked % 2 === 0 ? scripted.html(503) : scripted.success({ _id: ID, status: 1 });
    reply(exchange);
  });
  const client = clientOf(upstream.url);
  for (let i = 0; i < reads / 10; i += 1) {
    await Promise.allSettled(Array.from({ length: 10 }, () => client.readHeadSwapTask(ID)));
  }
  expect(asked).toBe(upstream.requestsTo('task').length);
  expect(asked).toBeGreaterThan(reads);
  expect(asked).toBeLessThanOrEqual(reads * 1.1);
});

describe('connections', () => {
  test('more reads than connections wait for their turn, and give up in time', async () => {
    upstream.always('task', scripted.hang);
    const client = clientOf(upstream.url, { readTimeoutMs: 400 });
    const reads = Array.from({ length: 80 }, () => client.readHeadSwapTask(ID));
    const outcomes = await Promise.allSettled(reads);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(80);
    upstream.setTask(ID);
    upstream.always('task', null);
    expect(await client.readHeadSwapTask(ID)).toMatchObject({ id: ID });
  });

  test('a second answer to one request is never taken for the answer to the next', async () => {
    const whole = (status: number): string => {
      const body = JSON.stringify({ code: 1000, data: { _id: ID, status } });
      return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    };
    upstream.setTask(ID, { status: 1 });
    const client = clientOf(upstream.url);
    for (let i = 0; i < 10; i += 1) {
      upstream.next('task', ({ socket }) => void socket.write(whole(2) + whole(4)));
      expect(await client.readHeadSwapTask(ID)).toMatchObject({ status: 'PROCESSING' });
      expect(await client.readHeadSwapTask(ID)).toMatchObject({ status: 'QUEUED' });
    }
  });

  test('close waits for running reads', async () => {
    upstream.setTask(ID);
    upstream.next('task', (exchange) => {
      setTimeout(() => scripted.success({ _id: ID })(exchange), 100);
    });
    const client = clientOf(upstream.url);
    let answered = false;
    const read = client.readHeadSwapTask(ID).then((seen) => {
      answered = true;
      return seen;
    });
    await upstream.received('task', 1);
    await client.close();
    expect(answered).toBe(true);
    expect(await read).toMatchObject({ id: ID });
  });
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
