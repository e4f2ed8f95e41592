import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { until } from '../support/processes/until.ts';
import { untilClosed } from '../support/processes/until-closed.ts';
import { codeOf, useToyServers } from '../conformance/support/use-toy-servers.ts';

const toy = useToyServers();
const { start, ask, post, dial } = toy;

describe('what is admitted', () => {
  it.each([
    ['application/x-www-form-urlencoded', 'query=mutation%7Bbuy%7D'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="query"\r\n\r\nmutation{buy}\r\n--x--',
    ],
    ['text/plain', '{"query":"mutation { buy }"}'],
    ['text/plain;application/json', '{"query":"mutation { buy }"}'],
    ['application/graphql', 'mutation { buy }'],
    ['application/graphql+json', '{"query":"mutation { buy }"}'],
    ['application/json; charset=utf-16', '{"query":"mutation { buy }"}'],
    ['', '{"query":"mutation { buy }"}'],
  ])('refuses a POST of %j with 415', async (type, body) => {
    const answer = await post(body, { 'content-type': type });
    expect([answer.status, codeOf(answer)]).toEqual([415, 'BAD_REQUEST']);
    expect(toy.server.bought).toEqual([]);
  });

  it('refuses a compressed body', async () => {
    expect((await post('{}', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  it.each([
    'application/json',
    'Application/JSON ; charset=UTF-8',
    'application/json;charset="utf-8"',
  ])('takes a POST of %j', async (type) => {
    expect((await post({ query: '{ hello }' }, { 'content-type': type })).status).toBe(200);
  });

  it.each([
    ['nothing', ''],
    ['half', '{"query": "canary-4711'],
    ['an empty object', '{}'],
    ['a list', '[{"query":"{ hello }"}]'],
    ['a string', '"{ hello }"'],
    ['a number', '7'],
    ['null', 'null'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['a query that is null', '{"query":null}'],
    ['variables that are a list', '{"query":"{ hello }","variables":[]}'],
    [
      '40,000 levels',
      `{"query":"{ hello }","variables":${'['.repeat(40_000)}${']'.repeat(40_000)}}`,
    ],
  ])('answers a body of %s with 400 and without repeating it', async (_what, body) => {
    const answer = await post(body);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_REQUEST']);
    expect(answer.text).not.toMatch(/canary|token|position|Unexpected/);
  });

  it('takes __proto__ and duplicate keys for what they are: data', async () => {
    const answer = await post(
      '{"query":"{ nope }","query":"query ($t: String!) { echo(text: $t) }","__proto__":{"x":1},"variables":{"__proto__":{"t":"no"},"t":"yes"}}',
    );
    expect(JSON.parse(answer.text)).toEqual({ data: { echo: 'yes' } });
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])('answers %s with 405', async (method) => {
    const answer = await ask('/graphql', { method });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST']);
  });
});

describe('sizes', () => {
  const large = JSON.stringify({ query: '{ hello }', filler: 'x'.repeat(20 * 1024 * 1024) });
  const justTooLarge = large.slice(0, 102_401);

  it.each([
    ['announced', 'content-length', String(large.length), ''],
    [
      'chunked',
      'transfer-encoding',
      'chunked',
      `${justTooLarge.length.toString(16)}\r\n${justTooLarge}`,
    ],
  ])('answers 20 MB, %s, with 413 as soon as it is known', async (_how, name, value, begin) => {
    const { socket, received } = await dial();
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${name}: ${value}\r\n\r\n${begin}`,
    );
    // Nothing more is ever sent.
    await until(() => received().includes('"code":"BAD_REQUEST"'));
    expect(received()).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();

    const sentWhole = await post(large, { [name]: value });
    expect([sentWhole.status, codeOf(sentWhole)]).toEqual([413, 'BAD_REQUEST']);
  });

  it('takes exactly 100 KB and not a byte more', async () => {
    const bodyOf = (size: number) => {
      const empty = JSON.stringify({ query: '{ hello }', filler: '' });
      return empty.replace('""', `"${'x'.repeat(size - empty.length)}"`);
    };
    expect((await post(bodyOf(102_400))).status).toBe(200);
    expect((await post(bodyOf(102_401))).status).toBe(413);
  });

  it('keeps the connection after a 413, and cuts a sender that goes on', async () => {
    const { socket, received } = await dial();
    const head = (length: number) =>
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
    socket.write(head(200_000));
    await until(() => received().includes('413'));
    socket.write(`${'x'.repeat(200_000)}${head(21)}{"query":"{ hello }"}`);
    await until(() => received().includes('{"data":{"hello":"world"}}'));

    const impatient = await start({ limits: { lingerMs: 20 } });
    const endless = connect(impatient.port, '127.0.0.1');
    endless.write(head(1_000_000));
    endless.resume();
    await untilClosed(endless);
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  it('tells a client that asks first not to send', async () => {
    const { socket, received } = await dial();
    const head = (length: number) =>
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
    socket.write(head(200_000));
    await until(() => received().includes('413'));
    expect(received()).not.toContain('100 Continue');
    socket.destroy();

    const second = await dial();
    second.socket.write(head(21));
    await until(() => second.received().includes('100 Continue'));
    second.socket.write('{"query":"{ hello }"}');
    await until(() => second.received().includes('{"data":{"hello":"world"}}'));
    second.socket.destroy();
  });

  it('answers a head above 16 KB with 431, and cuts one that never ends', async () => {
    expect((await ask(`/graphql?query=${'x'.repeat(20_000)}`)).status).toBe(431);
    const strict = await start({ limits: { headersMs: 100 } });
    const slow = connect(strict.port, '127.0.0.1');
    slow.resume();
    slow.write('GET /graphql HTTP/1.1\r\nhost: loc');
    await untilClosed(slow);
  });
});

describe('credentials', () => {
  it('answers a wrong one with 401, and a check that fails with 503', async () => {
    const wrong = await post({ query: '{ hello }' }, { 'x-api-key': 'wrong' });
    expect([wrong.status, codeOf(wrong), wrong.headers['www-authenticate']]).toEqual([
      401,
      'UNAUTHENTICATED',
      'Bearer',
    ]);
    const away = await start({
      authenticate: async () => {
        throw new Error('keys are away');
      },
    });
    const answer = await post({ query: '{ hello }' }, {}, away);
    expect([answer.status, codeOf(answer)]).toEqual([503, 'UNAVAILABLE']);
    expect(answer.text).not.toContain('keys are away');
  });

  it('does not take one that has ended', async () => {
    const ended = await start({ authenticate: async () => ({ team: 'a', expiresAt: Date.now() }) });
    expect((await post({ query: '{ hello }' }, {}, ended)).status).toBe(401);
  });
});
