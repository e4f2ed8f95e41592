import { describe, expect, it } from 'vitest';
import { codeOf, useToyServers } from '../conformance/support/use-toy-servers.ts';
import { untilClosed } from '../support/processes/until-closed.ts';
import { until } from '../support/processes/until.ts';

const toy = useToyServers();
const { start, ask, post, dial } = toy;

const BODY = '{"query":"{ hello }"}';
const HELLO = '{"data":{"hello":"world"}}';

/** A POST of an operation as a client writes it. */
function posted(target: string, host: string, more = ''): string {
  return (
    `POST ${target} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n${more}` +
    `content-length: ${BODY.length}\r\n\r\n${BODY}`
  );
}

describe('a client that has said all and still listens', () => {
  it('gets its answer, and then the connection ends', async () => {
    const { socket, received } = await dial();
    socket.end(posted('/graphql', 'localhost'));
    await untilClosed(socket);
    expect(received()).toContain('HTTP/1.1 200 OK');
    expect(received()).toContain(HELLO);
  });

  it('gets the answer to a mutation', async () => {
    const { socket, received } = await dial();
    const body = '{"query":"mutation { buySlowly }"}';
    socket.end(
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => toy.server.waiting === 1);
    toy.server.openGate();
    await untilClosed(socket);
    expect(received()).toContain('{"data":{"buySlowly":');
    expect(toy.server.bought).toHaveLength(1);
  });

  it('gets all answers that it asked for at once', async () => {
    const { socket, received } = await dial();
    socket.end(posted('/graphql', 'localhost').repeat(3));
    await untilClosed(socket);
    expect(received().split(HELLO)).toHaveLength(4);
  });

  it('is gone when it has asked for nothing', async () => {
    const { socket, received } = await dial();
    socket.end();
    await untilClosed(socket);
    expect(received()).toBe('');
  });
});

describe('a target in absolute form, as proxies send it', () => {
  it.each(['http://localhost', 'HTTP://localhost:4000', 'https://127.0.0.1'])(
    'is served: %s',
    async (origin) => {
      const { socket, received } = await dial();
      socket.write(posted(`${origin}/graphql`, 'whatever'));
      await until(() => received().includes(HELLO));
      socket.write(`GET ${origin}/health HTTP/1.1\r\nhost: x\r\n\r\n`);
      await until(() => received().includes('{"alive":true}'));
      socket.write(
        `GET ${origin}/graphql?query=%7Bhello%7D HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      );
      await untilClosed(socket);
      expect(received().split(HELLO)).toHaveLength(3);
    },
  );

  it('its authority counts, and not Host, where only loopback is answered', async () => {
    const local = await start({ loopbackHostsOnly: true });
    const statusOf = async (target: string, host: string): Promise<string> => {
      const { socket, received } = await dial(local);
      socket.end(posted(target, host));
      await untilClosed(socket);
      return received().slice(9, 12);
    };
    expect(await statusOf('http://localhost/graphql', 'evil.example')).toBe('200');
    expect(await statusOf('http://evil.example/graphql', 'localhost')).toBe('403');
    expect(await statusOf('http://localhost@evil.example/graphql', 'localhost')).toBe('403');
    expect(await statusOf('/graphql', 'evil.example')).toBe('403');
  });

  it('may lack a path, and may be a WebSocket', async () => {
    const { socket, received } = await dial();
    socket.write('GET http://localhost HTTP/1.1\r\nhost: x\r\n\r\n');
    await until(() => received().includes('GraphQL is at /graphql.'));
    socket.write(
      'GET http://localhost/graphql HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n' +
        'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
        'sec-websocket-protocol: graphql-transport-ws\r\n\r\n',
    );
    await until(() => received().includes('HTTP/1.1 101 '));
    socket.destroy();
    expect(received()).toContain('Switching Protocols');
  });
});

it('a slash behind a route is the same route', async () => {
  expect(await ask('/health/')).toMatchObject({ status: 200, text: '{"alive":true}' });
  expect((await ask('/ready/')).status).toBe(200);
  expect(await ask('/graphql/?query=%7Bhello%7D')).toMatchObject({ status: 200, text: HELLO });
  const posting = await ask('/graphql/', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: BODY,
  });
  expect(posting).toMatchObject({ status: 200, text: HELLO });
});

describe('the media type of a body', () => {
  it.each([
    'application/json',
    'application/json;',
    'application/json; profile="x"',
    'application/json;odata=verbose',
    'application/json; profile="a, b; c"; charset=UTF-8',
    'APPLICATION/JSON ;charset="utf-8"',
    'application/json; charset=utf8',
  ])('may be %s', async (type) => {
    expect(await post({ query: '{ hello }' }, { 'content-type': type })).toMatchObject({
      status: 200,
      text: HELLO,
    });
  });

  it.each([
    'text/plain',
    'application/graphql',
    'application/json; charset=latin1',
    'application/json, text/plain',
    'application',
    '',
  ])('may not be %j', async (type) => {
    const answer = await post({ query: '{ hello }' }, { 'content-type': type });
    expect(answer.status).toBe(415);
    expect(answer.headers['accept']).toBe('application/json');
  });
});

describe('the coding of a body', () => {
  it.each(['identity', 'Identity', 'identity, identity'])('may be %s', async (coding) => {
    const answer = await post({ query: '{ hello }' }, { 'content-encoding': coding });
    expect(answer).toMatchObject({ status: 200, text: HELLO });
  });

  it.each(['gzip', 'identity, gzip', 'x'])(
    'may not be %s, and the answer says which',
    async (coding) => {
      const answer = await post({ query: '{ hello }' }, { 'content-encoding': coding });
      expect(answer.status).toBe(415);
      expect(answer.headers['accept-encoding']).toBe('identity');
      expect(answer.headers).not.toHaveProperty('accept');
    },
  );
});

it('a comma in a quoted parameter of Accept parts nothing', async () => {
  const accept = 'text/plain; x="a, */*", application/graphql-response+json;';
  const answer = await post({ query: '{ hello }' }, { accept });
  expect(answer.headers['content-type']).toContain('application/graphql-response+json');
});

describe('behind a proxy that', () => {
  it('drops Upgrade, a handshake is told so before its credential is looked at', async () => {
    const warnings: string[] = [];
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: (_fields: object, message: string) => void warnings.push(message),
      error: () => undefined,
    };
    const strict = await start({ authenticate: async () => null, log });
    const handshake = {
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
      connection: 'close',
    };
    for (let times = 0; times < 2; times += 1) {
      const answer = await ask('/graphql', { headers: handshake, at: strict });
      expect([answer.status, answer.headers['upgrade']]).toEqual([426, 'websocket']);
      expect(codeOf(answer)).toBe('BAD_REQUEST');
      expect(answer.text).toContain('the proxy in front did not pass on the headers Upgrade');
    }
    expect(warnings).toEqual([expect.stringContaining('did not pass on the headers Upgrade')]);
  });

  it('changes Host, the own page is told both names and the remedy', async () => {
    const headers = { origin: 'https://gateway.example.com', 'sec-fetch-site': 'same-origin' };
    const answer = await post({ query: '{ hello }' }, headers);
    expect(answer.status).toBe(403);
    expect(answer.text).toMatch(
      /its Origin is gateway\.example\.com, and Host is 127\.0\.0\.1:\d+\./,
    );
    expect(answer.text).toContain('must pass Host on');
    expect(answer.text).toContain('ALLOWED_ORIGINS');
  });
});
