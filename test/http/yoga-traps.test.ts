import { once } from 'node:events';
import { connect } from 'node:net';
import type { Plugin } from 'graphql-yoga';
import { describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { codeOf, useToyServers } from '../conformance/support/use-toy-servers.ts';
import { untilClosed } from '../support/processes/until-closed.ts';
import { until } from '../support/processes/until.ts';

/*
 * What Yoga, its HTTP adapter or Envelop do by themselves, and the gateway must not: each would come back with a change of the
 * list of plugins, or of Yoga's options.
 */

const toy = useToyServers();
const { start, ask, post } = toy;

describe('Yoga and its adapter', () => {
  it.each(['onRequest', 'onResponse', 'onRequestParse', 'onParams', 'onResultProcess'])(
    'answer no stack when a hook throws: %s',
    async (hook) => {
      const plugin = {
        [hook]() {
          throw new Error('the-secret-inside');
        },
      };
      const at = await start({ plugins: [plugin] });
      const answer = await post({ query: '{ hello }' }, {}, at);
      expect([answer.status, codeOf(answer)]).toEqual([500, 'INTERNAL']);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(answer.text).not.toMatch(/the-secret-inside| at /);
      expect(at.errors.length).toBeGreaterThan(0);
    },
  );

  it('give plugins a whole Request, although it is made when it is looked at', async () => {
    const seen: unknown[] = [];
    const plugin: Plugin<Record<string, unknown>> = {
      async onRequest({ request, url, fetchAPI, endResponse }) {
        seen.push([request.url, request.method, url.pathname, url.searchParams.get('a')]);
        seen.push([request.headers.get('x-mark'), request.signal.aborted, 'signal' in request]);
        seen.push([request instanceof fetchAPI.Request, Object.prototype.toString.call(request)]);
        const again = new fetchAPI.Request('http://elsewhere/', request);
        seen.push([new fetchAPI.Request(new URL(again.url)).url, again.method]);
        endResponse(new fetchAPI.Response(await request.text()));
      },
    };
    const at = await start({ plugins: [plugin] });
    const body = JSON.stringify({ query: '{ hello }' });
    const answer = await ask('/graphql?a=1', {
      method: 'POST',
      headers: { 'x-mark': 'here' },
      body,
      at,
    });
    expect(answer.text).toBe(body);
    expect(seen).toEqual([
      [expect.stringMatching(/^http:\/\/.*\/graphql\?a=1$/), 'POST', '/graphql', '1'],
      ['here', false, true],
      [true, '[object Request]'],
      ['http://elsewhere/', 'POST'],
    ]);
  });

  it('tell a plugin that the client is gone', async () => {
    const signals: AbortSignal[] = [];
    const plugin: Plugin<Record<string, unknown>> = {
      onRequest({ request }) {
        signals.push(request.signal);
      },
    };
    const at = await start({ plugins: [plugin] });
    const client = connect(at.port, '127.0.0.1');
    const head = ['POST /graphql HTTP/1.1', 'host: localhost', 'content-type: application/json'];
    client.write(`${head.join('\r\n')}\r\ncontent-length: 9\r\n\r\n`);
    await until(() => signals.length === 1);
    expect(signals[0]?.aborted).toBe(false);
    client.destroy();
    await until(() => signals[0]?.aborted === true);
  });

  it('meet no Host that no URL can hold', async () => {
    const open = await start({ loopbackHostsOnly: false });
    for (const host of ['a b', 'x[', '::1', 'a:99999999', '%zz']) {
      const answer = await ask('/graphql?query=%7Bhello%7D', { headers: { host }, at: open });
      expect([host, answer.status, codeOf(answer)]).toEqual([host, 400, 'BAD_REQUEST']);
    }
    for (const host of ['example.com', 'a_b.example:80', '[::1]:4000', 'bücher.example']) {
      const headers = { host: Buffer.from(host).toString('latin1') };
      expect((await ask('/graphql?query=%7Bhello%7D', { headers, at: open })).status).toBe(200);
    }
    expect(open.errors).toEqual([]);
  });

  it('run nothing whose answer the client does not take', async () => {
    for (const accept of ['text/plain', 'application/json;q=0', 'image/*']) {
      expect((await post({ query: 'mutation { buy }' }, { accept })).status).toBe(406);
    }
    expect(toy.server.bought).toEqual([]);
  });

  it('open no subscription for a client that takes no events', async () => {
    for (const accept of ['application/json', '*/*', 'application/graphql-response+json']) {
      const answer = await post({ query: 'subscription { feed }' }, { accept });
      expect([answer.status, codeOf(answer)]).toEqual([406, 'BAD_REQUEST']);
    }
    expect([toy.server.jobs.opened, toy.server.jobs.watching]).toEqual([0, 0]);
  });

  it('read no other way of sending parameters, whatever the route', async () => {
    const variables = encodeURIComponent('{');
    const bad = await ask(`/graphql?query=%7Bhello%7D&variables=${variables}`);
    expect([bad.status, codeOf(bad)]).toEqual([400, 'BAD_REQUEST']);
    const form = await ask('/graphql?query=%7Bhello%7D', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'query=mutation%7Bbuy%7D',
    });
    expect(form.status).toBe(415);
    expect(toy.server.errors).toEqual([]);
  });

  it('repeat nothing of a body that is no JSON', async () => {
    const answer = await post('{"query": "{ hello }", "canary-4711');
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('canary');
  });

  it('do not take an abort of a resolver for the end of the request', async () => {
    const at = await start({
      contextFor: () => {
        throw new DOMException('gone', 'AbortError');
      },
    });
    for (let n = 0; n < 2; n += 1) {
      const answer = await post({ query: '{ hello }' }, {}, at);
      expect([answer.status, codeOf(answer)]).toEqual([500, 'INTERNAL']);
    }
  });

  it('serve GraphQL at one path alone', async () => {
    for (const path of ['/graphql/x', '//graphql', '/GraphQL', '/x/graphql', '/ ']) {
      const answer = await ask(encodeURI(`${path}?query={hello}`));
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  it('count what an unknown id asks for, like any other operation', async () => {
    const rate = { perSecond: 0.1, burst: 2 };
    const at = await start({
      limits: { rates: { query: rate, mutation: rate, subscription: rate } },
    });
    const codes = [];
    for (let n = 0; n < 3; n += 1) codes.push(codeOf(await post({ documentId: 'nobody' }, {}, at)));
    expect(codes).toEqual(['OPERATION_NOT_ALLOWED', 'OPERATION_NOT_ALLOWED', 'RATE_LIMITED']);
  });

  it('give every answer headers of its own', async () => {
    const sizes = [];
    for (const text of ['short', 'x'.repeat(500), 'short']) {
      for (const accept of ['application/json', 'text/event-stream']) {
        const query = `{ echo(text: "${text}") nope: missing }`;
        const answer = await post({ query }, { accept });
        expect(answer.text).toContain(text);
        sizes.push(answer.text.length);
      }
    }
    const refusals = await Promise.all(
      ['{ nope }', '{ hello }', 'mutation { nope }'].map((query) =>
        post({ query }, { 'x-api-key': 'wrong' }),
      ),
    );
    for (const refusal of refusals) expect(JSON.parse(refusal.text).errors).toHaveLength(1);
    expect(new Set(sizes).size).toBe(4);
  });

  it('end a mutation whose caller has left', async () => {
    const socket = connect(toy.server.port, '127.0.0.1');
    await once(socket, 'connect');
    const body = JSON.stringify({ query: 'mutation { first: buySlowly buy(count: 7) }' });
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => toy.server.waiting === 1);
    socket.destroy();
    await untilClosed(socket);
    toy.server.openGate();
    await until(() => toy.server.bought.includes(7));
    expect(toy.server.bought).toEqual([1, 7]);
  });

  it('leave the headers that every answer has on an event stream', async () => {
    const open = await start({ allowedOrigins: ['https://app.example'] });
    open.jobs.set('a', { final: true });
    const answer = await post(
      { query: 'subscription { job(id: "a") { version } }' },
      { accept: 'text/event-stream', origin: 'https://app.example' },
      open,
    );
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it('cut no idle connection later for having streamed', async () => {
    const strict = await start({
      limits: { headersMs: 200, mutationMs: 50, silentMs: 50, beatMs: 60_000 },
    });
    const stream = await fetch(`${strict.url}/graphql?query=subscription%7Bfeed%7D`, {
      headers: { accept: 'text/event-stream' },
    });
    await expect(stream.text()).rejects.toThrow('terminated');
    await until(() => strict.jobs.watching === 0);
  });

  it('tell nothing of HTTP over a WebSocket, nor of an error that HTTP told before', async () => {
    const query = '{ hello nope }';
    await post({ query }, { accept: 'application/graphql-response+json' });
    const socket = await connectRaw(toy.server.url);
    socket.send({ id: '1', type: 'subscribe', payload: { query } });
    expect(await socket.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
    const text = JSON.stringify(socket.inbox);
    expect(text).not.toMatch(/http|status/);
  });
});
