import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { createClient } from 'graphql-sse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';
import { startToyServer, toyAuthenticate, type ToyServer } from './support/toy-server.ts';
import { until } from '../support/processes/until.ts';

const WATCH = 'subscription ($id: ID!) { job(id: $id) { version final } }';

describe('GraphQL over SSE, distinct connections', () => {
  let server: ToyServer;
  let clock: ManualClock;
  let expiresAt: number | null;
  beforeEach(async () => {
    clock = createManualClock();
    expiresAt = null;
    server = await startToyServer({
      clock,
      limits: { connectionsPerTeam: 3 },
      authenticate: toyAuthenticate(() => expiresAt),
    });
  });
  afterEach(() => server.close());

  const client = (headers: Record<string, string> = {}) =>
    createClient({ url: `${server.url}/graphql`, headers, retryAttempts: 0 });

  /** A response whose body is read by hand. */
  const open = async (query: string, variables?: object): Promise<IncomingMessage> => {
    const request = httpRequest(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    request.end(JSON.stringify({ query, variables }));
    const [response] = await once(request, 'response');
    return response;
  };
  const readAll = async (response: IncomingMessage): Promise<string> => {
    let text = '';
    response.setEncoding('utf8');
    for await (const chunk of response) text += String(chunk);
    return text;
  };

  it('serves the real client: a subscription to its end', async () => {
    server.jobs.set('a');
    const versions: unknown[] = [];
    for await (const { data } of client().iterate<{ job: { version: number } }>({
      query: WATCH,
      variables: { id: 'a' },
    })) {
      versions.push(data?.job.version);
      if (versions.length < 3) server.jobs.set('a', { final: versions.length === 2 });
    }
    expect(versions).toEqual([1, 2, 3]);
    expect(server.jobs.watching).toBe(0);
  });

  it.each([
    ['alone', 'HTTP/1.1', ''],
    [
      'behind an answer that is under way',
      'HTTP/1.1',
      'GET /graphql?query=%7Bslow%7D HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\r\n',
    ],
    ['to a reader that knows no chunks', 'HTTP/1.0', ''],
  ])('writes whole events, %s', async (_case, version, before) => {
    server.jobs.set('a', { text: 'ü → 🏃' });
    const body = JSON.stringify({ query: 'subscription { job(id: "a") { text } }' });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const head = [
      `POST /graphql ${version}`,
      'Host: localhost',
      'Content-Type: application/json',
      'Accept: text/event-stream',
      `Content-Length: ${body.length}`,
    ];
    socket.write(`${before}${head.join('\r\n')}\r\n\r\n${body}`);
    let told = '';
    socket.setEncoding('utf8').on('data', (chunk) => (told += String(chunk)));
    const waiting = before === '' ? 0 : 1;
    await until(() => server.jobs.watching === 1 && server.waiting === waiting);
    server.openGate();
    await until(() => told.includes('id: 1\n'));
    server.jobs.set('a', { text: 'the end', final: true });
    await until(() => told.includes('event: complete'));
    socket.destroy();
    const first = 'event: next\nid: 1\ndata: {"data":{"job":{"text":"ü → 🏃"}}}\n\n';
    const second = 'event: next\nid: 2\ndata: {"data":{"job":{"text":"the end"}}}\n\n';
    const isChunked = version === 'HTTP/1.1';
    const written = (text: string): string =>
      isChunked ? `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n` : text;
    const end = written('event: complete\ndata:\n\n') + (isChunked ? '0\r\n\r\n' : '');
    expect(told.endsWith(written(first) + written(second) + end)).toBe(true);
  });

  it('serves the real client queries, mutations and credentials', async () => {
    const red = client({ 'x-api-key': 'team-red' });
    expect((await red.iterate({ query: '{ team }' }).next()).value).toEqual({
      data: { team: 'red' },
    });
    const bought = client().iterate({ query: 'mutation { buy(count: 3) }' });
    expect((await bought.next()).value).toEqual({ data: { buy: 3 } });
    expect((await bought.next()).done).toBe(true);
    expect(server.bought).toEqual([3]);
  });

  it.each([
    ['GRAPHQL_PARSE_FAILED', '{ canary-4711', undefined],
    ['GRAPHQL_VALIDATION_FAILED', 'subscription { nope }', undefined],
    ['NOT_FOUND', WATCH, { id: 'nobody' }],
    ['INVALID_INPUT', WATCH, {}],
  ])('answers %s as one event, then completes', async (code, query, variables) => {
    const results = client().iterate({ query, ...(variables && { variables }) });
    const { value } = await results.next();
    expect(value).toMatchObject({ errors: [{ extensions: { code } }] });
    expect(JSON.stringify(value)).not.toContain('canary-4711');
    expect((await results.next()).done).toBe(true);
  });

  it('writes the bytes of the protocol, with headers that keep proxies from collecting them', async () => {
    server.jobs.set('a', { final: true, text: 'ü → 🏃' });
    const response = await open('subscription { job(id: "a") { text } }');
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    expect(await readAll(response)).toBe(
      ':\n\nevent: next\nid: 1\ndata: {"data":{"job":{"text":"ü → 🏃"}}}\n\nevent: complete\ndata:\n\n',
    );
  });

  it('streams to a GET, and refuses one from another site and a mutation', async () => {
    const get = async (query: string, headers: Record<string, string> = {}) =>
      fetch(`${server.url}/graphql?${new URLSearchParams({ query })}`, {
        headers: { accept: 'text/event-stream', ...headers },
      });
    server.jobs.set('a', { final: true });
    const watch = 'subscription { job(id: "a") { version } }';
    expect(await (await get(watch)).text()).toContain('{"data":{"job":{"version":1}}}');
    expect((await get(watch, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await get(watch, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await get('mutation { buy }')).status).toBe(405);
    expect(server.bought).toEqual([]);
  });

  it('answers a client that takes both with JSON, unless it subscribes', async () => {
    server.jobs.set('a', { final: true });
    const type = async (query: string) => {
      const answer = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json, text/event-stream',
        },
        body: JSON.stringify({ query }),
      });
      await answer.text();
      return answer.headers.get('content-type');
    };
    expect(await type('{ hello }')).toBe('application/graphql-response+json; charset=utf-8');
    expect(await type('subscription { job(id: "a") { version } }')).toBe(
      'text/event-stream; charset=utf-8',
    );
  });

  it('beats while nothing happens', async () => {
    server.jobs.set('a');
    const response = await open(WATCH, { id: 'a' });
    let text = '';
    response.on('data', (chunk) => (text += String(chunk)));
    await until(() => text.includes('"version":1'));
    const before = text.length;
    await clock.advance(12_000);
    await until(() => text.length > before);
    expect(text.slice(before)).toBe(':\n\n');
    response.destroy();
    await until(() => server.jobs.watching === 0);
  });

  it('answers a wrong credential with 401 and a stream above the cap of its team with 429', async () => {
    const wrong = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'x-api-key': 'wrong',
      },
      body: JSON.stringify({ query: '{ hello }' }),
    });
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);

    const streams = [];
    for (let n = 0; n < 3; n += 1) streams.push(await open('subscription { feed }'));
    const fourth = await open('subscription { feed }');
    expect([fourth.statusCode, fourth.headers['retry-after']]).toEqual([429, '1']);
    expect(await readAll(fourth)).toContain('"RATE_LIMITED"');
    streams[0]?.destroy();
    await until(() => server.jobs.watching === 2);
    const fifth = await open('subscription { feed }');
    expect(fifth.statusCode).toBe(200);
    for (const stream of [...streams, fifth]) stream.destroy();
  });

  it('ends without complete when the credential ends, and sends no event after it', async () => {
    expiresAt = clock.now() + 5_000;
    server.jobs.set('a');
    const response = await open(WATCH, { id: 'a' });
    const text = readAll(response);
    await until(() => server.jobs.watching === 1);
    await clock.advance(5_000);
    server.jobs.set('a');
    expect(await text).not.toMatch(/complete|"version":2/);
    expect(server.jobs.watching).toBe(0);
  });

  it('ends without complete in a drain, so that clients come back', async () => {
    server.jobs.set('a');
    const response = await open(WATCH, { id: 'a' });
    const text = readAll(response);
    await until(() => server.jobs.watching === 1);
    await server.drain();
    expect(await text).not.toContain('complete');
    expect([server.jobs.watching, clock.timers()]).toEqual([0, 0]);
  });

  it('harms nobody when a reader stops reading, and gives it the latest state later', async () => {
    const filler = 'x'.repeat(100_000);
    server.jobs.set('a', { text: filler });
    const watch = 'subscription { job(id: "a") { version text } }';
    const stalled = await open(watch);
    stalled.pause();
    const reading = await open(watch);
    let seen = '';
    reading.on('data', (chunk) => (seen = (seen + String(chunk)).slice(-200_000)));

    // Far more than the buffers of the system and of the server hold.
    for (let n = 0; n < 150; n += 1) {
      const { version } = server.jobs.set('a', { text: filler });
      await until(() => seen.includes(`"version":${version},`));
    }
    const { version } = server.jobs.set('a', { final: true });
    await until(() => seen.includes('event: complete'));
    expect(seen).toContain(`"version":${version},`);

    const rest = await readAll(stalled);
    expect(rest.match(/event: next/g)?.length).toBeLessThan(140);
    expect(rest.match(/"version":\d+/g)?.at(-1)).toBe(`"version":${version}`);
    expect(rest.endsWith('event: complete\ndata:\n\n')).toBe(true);
  });

  it('cuts a reader that stays full for 30 s', async () => {
    const filler = 'x'.repeat(100_000);
    server.jobs.set('a', { text: filler });
    const stalled = await open('subscription { job(id: "a") { text } }');
    stalled.pause();
    stalled.on('error', () => {});
    const timers = clock.timers();
    // The system's buffers grow for a while, and then the reader is full no more.
    for (let fullFor = 0; fullFor < 100; fullFor += 1) {
      if (clock.timers() === timers) fullFor = 0;
      server.jobs.set('a', { text: filler });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await clock.advance(29_999);
    expect(server.jobs.watching).toBe(1);
    await clock.advance(1);
    await until(() => server.jobs.watching === 0);
  });
});
