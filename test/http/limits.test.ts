import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { connectRaw, type RawSocket } from '../conformance/support/raw-socket.ts';
import { codeOf, useToyServers, type Answer } from '../conformance/support/use-toy-servers.ts';
import { createManualClock } from '../support/time/manual-clock.ts';
import { untilClosed } from '../support/processes/until-closed.ts';
import { until } from '../support/processes/until.ts';

const toy = useToyServers();
const { start, ask, post } = toy;

const subscribe = (socket: RawSocket, id: string, query: string): void =>
  socket.send({ id, type: 'subscribe', payload: { query } });

describe('the rate of operations', () => {
  const rates = {
    query: { perSecond: 2, burst: 3 },
    mutation: { perSecond: 0.1, burst: 1 },
    subscription: { perSecond: 1, burst: 2 },
  };
  const limited = async () => {
    const clock = createManualClock();
    return { clock, at: await start({ clock, limits: { rates } }) };
  };

  it('is bounded for each team and kind by itself, and comes back with time', async () => {
    const { clock, at } = await limited();
    const query = async (key?: string): Promise<Answer> =>
      post({ query: '{ hello }' }, key === undefined ? {} : { 'x-api-key': key }, at);
    for (let n = 0; n < 3; n += 1) expect((await query()).status).toBe(200);
    const refused = await query();
    expect([refused.status, codeOf(refused), refused.headers['retry-after']]).toEqual([
      429,
      'RATE_LIMITED',
      '1',
    ]);
    expect(JSON.parse(refused.text).errors[0].extensions.retryAfterSeconds).toBe(1);
    expect((await query('team-other')).status).toBe(200);
    expect((await post({ query: 'mutation { buy }' }, {}, at)).status).toBe(200);
    const second = await post({ query: 'mutation { buy }' }, {}, at);
    expect([second.status, second.headers['retry-after']]).toEqual([429, '10']);
    expect(at.bought).toEqual([1]);
    await clock.advance(500);
    expect((await query()).status).toBe(200);
    expect((await query()).status).toBe(429);
  });

  it('counts what was refused, and is the same over every transport', async () => {
    const { at } = await limited();
    const events = { accept: 'text/event-stream' };
    expect(codeOf(await post({ query: '{ nope' }, {}, at))).toBe('GRAPHQL_PARSE_FAILED');
    expect((await post({ query: '{ hello }' }, events, at)).status).toBe(200);
    const socket = await connectRaw(at.url);
    subscribe(socket, '1', '{ hello }');
    expect((await socket.next()).type).toBe('next');
    await socket.next();
    subscribe(socket, '2', '{ hello }');
    expect(await socket.next()).toMatchObject({
      id: '2',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 } }],
    });
    const refused = await post({ query: '{ hello }' }, events, at);
    expect([refused.status, refused.headers['retry-after'], codeOf(refused)]).toEqual([
      429,
      '1',
      'RATE_LIMITED',
    ]);
    for (const id of ['3', '4']) subscribe(socket, id, 'subscription { feed }');
    await until(() => at.jobs.watching === 2);
    subscribe(socket, '5', 'subscription { feed }');
    expect(await socket.next()).toMatchObject({ id: '5', type: 'error' });
    subscribe(socket, '6', '{ hello }');
    expect(await socket.next()).toMatchObject({ id: '6', type: 'error' });
  });

  it('does not hinder a busy caller of a gateway as it is', async () => {
    const socket = await connectRaw(toy.server.url);
    const answers = Promise.all(
      Array.from({ length: 400 }, () => post({ query: '{ hello }' }).then(({ status }) => status)),
    );
    for (let round = 0; round < 20; round += 1) {
      for (let n = 0; n < 50; n += 1) subscribe(socket, `${round}-${n}`, 'subscription { feed }');
      await until(() => toy.server.jobs.watching === 50);
      for (let n = 0; n < 50; n += 1) socket.send({ id: `${round}-${n}`, type: 'complete' });
      await until(() => toy.server.jobs.watching === 0);
    }
    expect(new Set(await answers)).toEqual(new Set([200]));
    expect(socket.inbox).toEqual([]);
  });

  it('has a cap on what runs on all sockets of a team at once', async () => {
    const at = await start({ limits: { operationsPerTeam: 3 } });
    const sockets = await Promise.all([connectRaw(at.url), connectRaw(at.url)]);
    const [one, two] = sockets;
    const other = await connectRaw(at.url, { init: { 'x-api-key': 'team-other' } });
    if (!one || !two) throw new Error('No sockets');
    subscribe(one, '1', 'subscription { feed }');
    subscribe(one, '2', 'subscription { feed }');
    subscribe(two, '1', 'subscription { feed }');
    await until(() => at.jobs.watching === 3);
    subscribe(two, '2', 'subscription { feed }');
    expect(await two.next()).toMatchObject({
      id: '2',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    subscribe(other, '1', '{ hello }');
    expect((await other.next()).type).toBe('next');
    one.send({ id: '1', type: 'complete' });
    await until(() => at.jobs.watching === 2);
    subscribe(two, '2', '{ hello }');
    expect((await two.next()).type).toBe('next');
    one.webSocket.terminate();
    await until(() => at.jobs.watching === 1);
    for (const id of ['3', '4']) subscribe(two, id, 'subscription { feed }');
    await until(() => at.jobs.watching === 3);
  });
});

describe('overload', () => {
  it('sheds new work once it lasts, before what already runs suffers, and ends by itself', async () => {
    const clock = createManualClock();
    let delay = 0;
    const at = await start({
      clock,
      loopDelay: { read: () => delay, stop: () => {} },
      allowedOrigins: ['https://app.example'],
      webhook: async (_request, response) => void response.writeHead(200).end('ok'),
    });
    at.jobs.set('a');
    const socket = await connectRaw(at.url);
    subscribe(socket, 'w', 'subscription { job(id: "a") { version } }');
    expect((await socket.next()).payload.data.job.version).toBe(1);

    delay = 2_500;
    await clock.advance(2_000);
    expect((await post({ query: '{ hello }' }, {}, at)).status).toBe(200);
    await clock.advance(1_000);
    const refused = await post(
      { query: 'mutation { buy }' },
      { origin: 'https://app.example' },
      at,
    );
    expect([refused.status, codeOf(refused)]).toEqual([503, 'UNAVAILABLE']);
    expect(refused.headers).toMatchObject({
      'retry-after': '5',
      'access-control-allow-origin': 'https://app.example',
      'access-control-expose-headers': 'retry-after, x-request-id',
    });
    await expect(connectRaw(at.url)).rejects.toThrow('503');
    subscribe(socket, 'n', '{ hello }');
    expect(await socket.next()).toMatchObject({
      id: 'n',
      type: 'error',
      payload: [{ extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 5 } }],
    });
    // What runs goes on, and so does what keeps the gateway alive and its jobs known.
    at.jobs.set('a');
    expect((await socket.next()).payload.data.job.version).toBe(2);
    for (const path of ['/health', '/ready']) expect((await ask(path, { at })).status).toBe(200);
    expect((await ask('/webhooks/akool/token', { method: 'POST', at })).status).toBe(200);

    delay = 0;
    await clock.advance(1_000);
    expect((await post({ query: 'mutation { buy }' }, {}, at)).status).toBe(200);
    expect(at.bought).toEqual([1]);
  });
});

describe('deadlines', () => {
  const timed = async () => {
    const clock = createManualClock();
    const at = await start({ clock, limits: { queryMs: 1_000, mutationMs: 2_000 } });
    return { clock, at };
  };

  it('end a query with TIMEOUT and 504', async () => {
    const { clock, at } = await timed();
    const answer = post({ query: '{ hello slow }' }, {}, at);
    await until(() => at.waiting === 1);
    await clock.advance(999);
    expect(at.waiting).toBe(1);
    await clock.advance(1);
    const { status, text } = await answer;
    expect([status, JSON.parse(text).errors[0].extensions]).toEqual([504, { code: 'TIMEOUT' }]);
    expect(JSON.parse(text)).not.toHaveProperty('data');
  });

  it('answer a mutation with TIMEOUT, later, and do not stop it', async () => {
    const { clock, at } = await timed();
    const answer = post({ query: 'mutation { buySlowly }' }, {}, at);
    await until(() => at.waiting === 1);
    await clock.advance(1_999);
    await clock.advance(1);
    expect([(await answer).status, codeOf(await answer)]).toEqual([504, 'TIMEOUT']);
    expect((await answer).text).toContain('goes on');
    at.openGate();
    await until(() => at.bought.length === 1);
  });

  it('end a query on a socket, and the socket stays', async () => {
    const { clock, at } = await timed();
    const socket = await connectRaw(at.url);
    subscribe(socket, 'q', '{ slow }');
    await until(() => at.waiting === 1);
    await clock.advance(1_000);
    expect(await socket.next()).toMatchObject({
      id: 'q',
      type: 'error',
      payload: [{ extensions: { code: 'TIMEOUT' } }],
    });
    at.openGate();
    subscribe(socket, 'q', '{ hello }');
    expect((await socket.next()).payload).toEqual({ data: { hello: 'world' } });
  });

  it('end the opening of a subscription, and a stream that opens later is released', async () => {
    const { clock, at } = await timed();
    const socket = await connectRaw(at.url);
    subscribe(socket, 's', 'subscription { stuck }');
    await until(() => at.waiting === 1);
    await clock.advance(1_000);
    expect(await socket.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'TIMEOUT' } }],
    });
    at.openGate();
    await until(() => at.jobs.opened === 1);
    expect(at.jobs.watching).toBe(0);
  });

  it('end the answer to one event, and the subscription goes on', async () => {
    const { clock, at } = await timed();
    at.jobs.set('a');
    const socket = await connectRaw(at.url);
    subscribe(socket, 's', 'subscription { job(id: "a") { version slow } }');
    await until(() => at.waiting === 1);
    await clock.advance(1_000);
    expect(await socket.next()).toMatchObject({
      type: 'next',
      payload: { errors: [{ extensions: { code: 'TIMEOUT' } }] },
    });
    at.openGate();
    at.jobs.set('a');
    expect((await socket.next()).payload.data.job.version).toBe(2);
  });

  it('leave no timer behind', async () => {
    const { clock, at } = await timed();
    const before = clock.timers();
    for (let n = 0; n < 5; n += 1) await post({ query: '{ hello slow: hello }' }, {}, at);
    at.openGate();
    await post({ query: '{ slow }' }, {}, at);
    expect(clock.timers()).toBe(before);
  });
});

describe('time that a caller takes', () => {
  it('for a body is bounded', async () => {
    const strict = await start({ limits: { requestMs: 200, headersMs: 100 } });
    const slow = connect(strict.port, '127.0.0.1');
    slow.resume();
    slow.write(
      'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
    );
    const drip = setInterval(() => slow.write(' '), 20);
    await untilClosed(slow);
    clearInterval(drip);
    expect(slow.destroyed).toBe(true);
  });

  it('to read an answer is bounded', async () => {
    const strict = await start({
      limits: { headersMs: 200, mutationMs: 100, silentMs: 100 },
      webhook: async (_request, response) => void response.end(Buffer.alloc(64 * 1024 * 1024)),
    });
    const deaf = httpRequest(`${strict.url}/webhooks/akool/token`);
    deaf.on('error', () => {});
    deaf.end();
    const [response] = await once(deaf, 'response');
    response.on('error', () => {});
    response.socket.pause();
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const before = sockets();
    await until(() => sockets() < before);
    expect(response.complete).toBe(false);
    response.socket.destroy();
  });
});
