import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { register } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/mistakes.ts';
import { startGateway, stopGateways } from '../support/gateway/gateway.ts';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { connectRaw } from '../conformance/support/raw-socket.ts';

afterEach(async () => {
  await stopGateways();
  await killGateways();
  removeFolders();
});

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const EXAMPLE = pathOf('../../examples/plugins/count-operations.mjs');
const GATEWAY = pathOf('../../dist/main.js');
const PROMETHEUS = pathOf('support/prometheus.mjs');

/** Asks for the cursor over HTTP and over a WebSocket, and opens the team's feed over both kinds of stream. */
async function useEveryTransport(url: string): Promise<void> {
  const post = async (query: string, accept: string): Promise<Response> =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query }),
    });
  const query = 'query Cursor { jobStatusCursor }';
  const feed = 'subscription Feed { jobStatusChanged { cursor } }';
  expect((await post(query, 'application/json')).status).toBe(200);
  expect(await (await post(query, 'text/event-stream')).text()).toContain('event: complete');
  const stream = await post(feed, 'text/event-stream');
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  await stream.body?.cancel();
  const socket = await connectRaw(url);
  socket.send({ id: 'q', type: 'subscribe', payload: { query } });
  expect((await socket.next()).type).toBe('next');
  expect((await socket.next()).type).toBe('complete');
  socket.send({ id: 's', type: 'subscribe', payload: { query: feed } });
  socket.send({ type: 'ping' });
  expect((await socket.next()).type).toBe('pong');
  socket.webSocket.close();
  await socket.closed;
}

// Nothing here asks AKOOL.
const ENV = { AKOOL_API_KEY: 'a-key', AKOOL_BASE_URL: 'http://127.0.0.1:9' };

it('the example counts operations by name over HTTP, event streams and WebSockets', async () => {
  // As it is shipped: code that V8 kept, which the tests' bundle runs from, cannot import what is found while it runs.
  const gateway = await spawnGateway(newFolder(), { ...ENV, GATEWAY_PLUGINS: EXAMPLE }, [GATEWAY]);
  await useEveryTransport(gateway.url);
  expect(await gateway.end('SIGTERM')).toBe(0);
  expect(gateway.output()).toContain('Operations: {"Cursor":3,"Feed":2}');
});

it("a plugin of somebody else's sees every operation over HTTP, event streams and WebSockets", async () => {
  const gateway = await startGateway({ env: { ...ENV, GATEWAY_PLUGINS: PROMETHEUS } });
  await useEveryTransport(gateway.url);
  const counted = (await register.metrics())
    .split('\n')
    .filter((line) => line.startsWith('graphql_envelop_request{'));
  expect(counted).toEqual([
    'graphql_envelop_request{operationName="Cursor",operationType="query"} 3',
    'graphql_envelop_request{operationName="Feed",operationType="subscription"} 2',
  ]);
});

describe('a plugin that cannot be used stops the start', () => {
  const startWith = async (module: string): Promise<unknown> =>
    startGateway({ env: { ...ENV, GATEWAY_PLUGINS: module } }).catch((error: unknown) => error);

  it.each([
    ['no default export', 'export const plugin = {};', /no default export/],
    ['a list of none', 'export default [];', /an empty list/],
    ['a function', 'export default () => ({});', /is a function\. Call it/],
    ['no hook', 'export default { onExceute() {} };', /is no plugin: an object with hooks such as/],
    [
      'one that is none, in a list',
      'export default [{ onParse() {} }, 7];',
      /Entry 1 .* no plugin/,
    ],
    [
      'a mistake in the module',
      'throw new Error("out of order");',
      /cannot be loaded: out of order/,
    ],
    [
      'a mistake when it begins',
      'export default { onPluginInit() { throw new Error("no licence"); } };',
      /Its onPluginInit fails: no licence/,
    ],
  ])('with %s', async (_what, source, words) => {
    const file = join(newFolder(), 'plugin.mjs');
    writeFileSync(file, source);
    const error = await startWith(file);
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toMatch(words);
    expect(String(error)).toContain(`GATEWAY_PLUGINS=${JSON.stringify(file)}`);
  });

  it('that is not there, or is no package', async () => {
    expect(String(await startWith('./nowhere.mjs'))).toMatch(
      /looked for from the working directory/,
    );
    expect(String(await startWith('no-such-package'))).toMatch(/As a file it begins with/);
  });
});
