import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ANY_TIME, clientOf, ORDER, refusedUrl } from '../support/akool/akool-client.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { isMissing } from '../support/processes/system-server.ts';
import { startTinyproxy, type ForwardProxyServer } from '../support/proxies/tinyproxy.ts';

let upstream: ScriptedUpstream;
let proxies: ForwardProxyServer[] = [];

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.stop();
  proxies = [];
  await upstream.stop();
  removeFolders();
});

async function proxyWith(
  options?: Parameters<typeof startTinyproxy>[0],
): Promise<ForwardProxyServer> {
  const proxy = await startTinyproxy(options);
  proxies.push(proxy);
  return proxy;
}

const through = (url: string, options: Parameters<typeof clientOf>[1] = {}) =>
  clientOf(upstream.url, { proxy: { url, except: '' }, ...options });

const NOT_SENT = { outcome: 'unavailable', pauseMs: null };

describe.skipIf(isMissing('tinyproxy'))('through tinyproxy', () => {
  test('creates, reads and tokens all go through tunnels', async () => {
    const proxy = await proxyWith();
    const client = through(proxy.url, { auth: 'token' });
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({ outcome: 'accepted' });
    expect(await client.submitAnalysis(ORDER.videoUrl, ANY_TIME)).toMatchObject({
      outcome: 'accepted',
    });
    expect(await client.readCreditBalance()).toBe(1_000);
    await client.close();
    expect(upstream.requestsTo('getToken')).toHaveLength(1);
    const { host } = new URL(upstream.url);
    // One tunnel a create, and one for what is read.
    expect(proxy.tunnels()).toEqual([host, host, host]);
    expect(upstream.connections).toBe(3);
    for (const { headers } of upstream.requests) {
      expect(Object.keys(headers).filter((name) => name.startsWith('proxy-'))).toEqual([]);
      expect(headers['host']).toBe(host);
    }
  });

  test('with user and password, and refused without', async () => {
    const proxy = await proxyWith({ credential: 'operator:pa-ss' });
    expect(await through(proxy.url).createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({
      outcome: 'accepted',
    });
    const anonymous = through(proxy.url.replace('operator:pa-ss@', ''));
    expect(await anonymous.createHeadSwapTask(ORDER, ANY_TIME)).toEqual(NOT_SENT);
    await expect(anonymous.readCreditBalance()).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'AKOOL could not be reached: no connection (the proxy answered 407).',
    });
    expect(upstream.requestsTo('createTask')).toHaveLength(1);
  });

  test('a refused tunnel proves that nothing was sent', async () => {
    const proxy = await proxyWith({ ports: [443] });
    const client = through(proxy.url);
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toEqual(NOT_SENT);
    expect(await client.submitAnalysis(ORDER.videoUrl, ANY_TIME)).toEqual(NOT_SENT);
    await expect(client.readCreditBalance()).rejects.toMatchObject({
      message: 'AKOOL could not be reached: no connection (the proxy answered 403).',
    });
    expect(upstream.connections).toBe(0);
  });

  test('so does a tunnel to where nobody listens', async () => {
    const proxy = await proxyWith();
    const client = clientOf(await refusedUrl(), { proxy: { url: proxy.url, except: '' } });
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toEqual(NOT_SENT);
    expect(proxy.tunnels()).toHaveLength(1);
  });

  test('and TLS that fails within the tunnel', async () => {
    const proxy = await proxyWith();
    const client = clientOf(upstream.url.replace('http:', 'https:'), {
      proxy: { url: proxy.url, except: '' },
    });
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toEqual(NOT_SENT);
    expect(upstream.requests).toHaveLength(0);
  });

  test.each([
    ['reset', scripted.resetAfterReading],
    ['closed', scripted.closeAfterReading],
    ['cut short', scripted.cutShort('{"code":1000,"msg":"OK","data":{"_id":"x"}}')],
  ])('an answer that is %s leaves the outcome unknown', async (_name, reply) => {
    const proxy = await proxyWith();
    upstream.always('createTask', reply);
    expect(await through(proxy.url).createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({
      outcome: 'unknown',
    });
    expect(upstream.requestsTo('createTask')).toHaveLength(1);
  });

  test('a proxy that ends while AKOOL works leaves the outcome unknown', async () => {
    const proxy = await proxyWith();
    upstream.always('createTask', scripted.hang);
    const submission = through(proxy.url).createHeadSwapTask(ORDER, ANY_TIME);
    await upstream.received('createTask', 1);
    await proxy.stop();
    expect(await submission).toMatchObject({ outcome: 'unknown' });
    expect(upstream.requestsTo('createTask')).toHaveLength(1);
  });

  test('what is excepted goes past it', async () => {
    const proxy = await proxyWith();
    const client = through(proxy.url, { proxy: { url: proxy.url, except: 'x.test,127.0.0.1' } });
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({ outcome: 'accepted' });
    expect(await client.readCreditBalance()).toBe(1_000);
    expect(proxy.tunnels()).toEqual([]);
  });
});

describe('a proxy that is none', () => {
  let server: Server;
  const sockets: Socket[] = [];

  /** What a connection to it meets. */
  async function listen(meet: (socket: Socket) => void): Promise<string> {
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      meet(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each<[string, (socket: Socket) => void]>([
    ['closes at once', (socket) => socket.end()],
    ['resets at once', (socket) => socket.resetAndDestroy()],
    ['closes when asked', (socket) => socket.once('data', () => socket.end())],
    ['resets when asked', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['speaks something else', (socket) => socket.once('data', () => socket.end('220 smtp\r\n'))],
    ['answers 502', (socket) => socket.once('data', () => socket.end('HTTP/1.1 502 No\r\n\r\n'))],
    ['answers nothing', () => undefined],
  ])('and %s was sent nothing', async (_name, meet) => {
    const url = await listen(meet);
    const client = through(url, { connectTimeoutMs: 500 });
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toEqual(NOT_SENT);
    expect(sockets).toHaveLength(1);
    expect(upstream.connections).toBe(0);
  });

  test('or is not there', async () => {
    await listen(() => undefined);
    const client = through(await refusedUrl());
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toEqual(NOT_SENT);
  });
});
