import { expect, it } from 'vitest';
import { useToyServers } from '../conformance/support/use-toy-servers.ts';
import { until } from '../support/processes/until.ts';
import { untilClosed } from '../support/processes/until-closed.ts';

const { start, dial } = useToyServers();

const HEAD = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

it.each([
  ['what is no HTTP', 400, 'HELLO\r\n\r\n', 'This cannot be read as a request of HTTP/1.1.'],
  [
    'a head above 16 KB',
    431,
    `GET /graphql?query=${'x'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
    'The head of a request has at most 16384 bytes.',
  ],
  [
    'a head that does not end',
    408,
    'GET /graphql HTTP/1.1\r\nhost: loc',
    'The head of the request did not arrive within 0.1 seconds.',
  ],
  [
    'a body that does not end',
    408,
    `${HEAD}content-length: 100\r\n\r\n{`,
    'The body of the request did not arrive within 0.2 seconds.',
  ],
])(
  '%s is answered with %i and a typed error, and the connection ends',
  async (_what, status, sent, message) => {
    const server = await start({ limits: { headersMs: 100, requestMs: 200 } });
    const { socket, received } = await dial(server);
    socket.write(sent);
    await untilClosed(socket);
    const [head = '', body = ''] = received().split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('connection: close');
    expect(JSON.parse(body)).toEqual({
      errors: [{ message, extensions: { code: 'BAD_REQUEST' } }],
    });
  },
);

it('a connection that is opened in advance is not told that it is late, and may still ask', async () => {
  const server = await start({ limits: { headersMs: 100 } });
  const idle = await dial(server);
  const late = await dial(server);
  late.socket.write('GET /graphql HTTP/1.1\r\n');
  await untilClosed(late.socket);
  expect(late.received()).toContain('408');
  expect(idle.received()).toBe('');
  idle.socket.write(`${HEAD}content-length: 21\r\n\r\n{"query":"{ hello }"}`);
  await until(() => idle.received().includes('{"data":{"hello":"world"}}'));
  idle.socket.destroy();
});

it('one that never asks is closed without a word', async () => {
  const server = await start({ limits: { headersMs: 100, keepAliveMs: 100 } });
  const idle = await dial(server);
  await untilClosed(idle.socket);
  expect(idle.received()).toBe('');
});
