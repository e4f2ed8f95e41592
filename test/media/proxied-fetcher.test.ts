import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { createMediaFetcher, type MediaFetcher } from '../../src/media/fetching/media-fetcher.ts';
import { freePort } from '../support/processes/free-port.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { isMissing } from '../support/processes/system-server.ts';
import { startTinyproxy } from '../support/proxies/tinyproxy.ts';

/** Public addresses, which nobody here connects to. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'files.example': ['2606:4700::1111', '1.1.1.1'],
  'six.example': ['2606:4700::1111'],
  'inside.example': ['127.0.0.1'],
  'both.example': ['1.1.1.1', '10.0.0.1'],
};

const NOT_PUBLIC = {
  kind: 'gone',
  problem: 'The URL leads to an address that is not of the public internet.',
};
const UNREACHABLE = {
  kind: 'later',
  problem: 'The source could not be reached.',
  retryAfterMs: null,
};

afterEach(removeFolders);

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** What was asked of a server of files: who it was taken for, and what a proxy should have kept. */
async function startFiles() {
  const asked: (string | undefined)[][] = [];
  const server = createServer((request, response) => {
    asked.push([request.headers.host, request.url, request.headers['proxy-authorization']]);
    if (request.url === '/moved') response.writeHead(302, { location: 'http://10.0.0.1/' }).end();
    else response.end('hello world');
  });
  return { port: await listen(server), asked };
}

/** A forward proxy that makes tunnels to one port of this machine, wherever they are said to lead. */
async function startProxy(port: number) {
  const tunnels: (string | undefined)[][] = [];
  const server = createServer();
  server.on('connect', (request, socket: Socket) => {
    tunnels.push([request.url, request.headers.host, request.headers['proxy-authorization']]);
    const through = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(through).pipe(socket);
    });
    for (const one of [socket, through]) one.on('error', () => through.destroy());
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, tunnels };
}

function fetcherThrough(url: string, except = '', allowedOrigins: string[] = []): MediaFetcher {
  const fetcher = createMediaFetcher({
    allowedOrigins,
    proxies: { http: { url, except }, https: { url, except } },
    connectMs: 2_000,
    silentMs: 2_000,
    find: (host, done) =>
      done(
        null,
        (NAMES[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
  });
  onTestFinished(() => fetcher.close());
  return fetcher;
}

const ask = (fetcher: MediaFetcher, url: string) =>
  fetcher.fetch(url, new AbortController().signal);

async function textOf(found: Awaited<ReturnType<MediaFetcher['fetch']>>): Promise<string> {
  if (found.kind !== 'opened') throw new Error(JSON.stringify(found));
  const chunks: Uint8Array[] = [];
  for await (const chunk of found.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('a fetcher of media behind a forward proxy', () => {
  it('asks for a tunnel to an address that it found, and inside for the name', async () => {
    const files = await startFiles();
    const proxy = await startProxy(files.port);
    const url = proxy.url.replace('//', '//user:secret@');
    const found = await ask(fetcherThrough(url), 'http://files.example/a.mp4');
    expect(await textOf(found)).toBe('hello world');
    const credential = `Basic ${Buffer.from('user:secret').toString('base64')}`;
    expect(proxy.tunnels).toEqual([['1.1.1.1:80', '1.1.1.1:80', credential]]);
    expect(files.asked).toEqual([['files.example', '/a.mp4', undefined]]);
  });

  it('takes an IPv6 address where there is no other, and one that the URL has', async () => {
    const proxy = await startProxy((await startFiles()).port);
    const fetcher = fetcherThrough(proxy.url);
    expect(await textOf(await ask(fetcher, 'http://six.example:8080/a'))).toBe('hello world');
    expect(await textOf(await ask(fetcher, 'http://[2606:4700::2]/a'))).toBe('hello world');
    expect(proxy.tunnels.map(([place]) => place)).toEqual([
      '[2606:4700::1111]:8080',
      '[2606:4700::2]:80',
    ]);
  });

  it('speaks TLS with the name through the tunnel', async () => {
    const heard: Buffer[] = [];
    const server = createTcpServer((socket) => {
      socket
        .on('error', () => {})
        .once('data', (chunk) => {
          heard.push(chunk);
          socket.destroy();
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const proxy = await startProxy((server.address() as AddressInfo).port);
    const found = await ask(fetcherThrough(proxy.url), 'https://files.example/a.mp4');
    expect(found).toEqual(UNREACHABLE);
    expect(proxy.tunnels.map(([place]) => place)).toEqual(['1.1.1.1:443']);
    // The first message of TLS names the server.
    expect(Buffer.concat(heard).includes('files.example')).toBe(true);
  });

  it.each([
    'http://inside.example/',
    'http://both.example/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/',
    'https://10.0.0.1/',
  ])('asks no proxy for what is not of the public internet: %s', async (url) => {
    const proxy = await startProxy((await startFiles()).port);
    expect(await ask(fetcherThrough(proxy.url), url)).toEqual(NOT_PUBLIC);
    expect(proxy.tunnels).toEqual([]);
  });

  it('follows no redirect to what is not', async () => {
    const proxy = await startProxy((await startFiles()).port);
    const found = await ask(fetcherThrough(proxy.url), 'http://files.example/moved');
    expect(found).toEqual(NOT_PUBLIC);
    expect(proxy.tunnels).toHaveLength(1);
  });

  it.each(['inside.example', 'other.example, .inside.example', '*'])(
    'goes past the proxy where it is told to, and no further than without one: %s',
    async (except) => {
      const proxy = await startProxy((await startFiles()).port);
      const found = await ask(fetcherThrough(proxy.url, except), 'http://inside.example/');
      expect(found).toEqual(NOT_PUBLIC);
      expect(proxy.tunnels).toEqual([]);
    },
  );

  it('asks a stand-in for AKOOL on this machine without it', async () => {
    const files = await startFiles();
    const proxy = await startProxy(files.port);
    const origin = `http://127.0.0.1:${files.port}`;
    for (const except of ['', 'files.example', '*']) {
      const fetcher = fetcherThrough(proxy.url, except, [origin]);
      expect(await textOf(await ask(fetcher, `${origin}/a.mp4`))).toBe('hello world');
    }
    expect(proxy.tunnels).toEqual([]);
  });

  it('takes a proxy that is away for a source that may come', async () => {
    const fetcher = fetcherThrough(`http://127.0.0.1:${await freePort()}`);
    expect(await ask(fetcher, 'http://files.example/a.mp4')).toEqual(UNREACHABLE);
  });

  it.skipIf(isMissing('tinyproxy'))('asks tinyproxy, which refuses, once', async () => {
    const proxy = await startTinyproxy({ ports: [1] });
    onTestFinished(() => proxy.stop());
    const fetcher = fetcherThrough(proxy.url);
    expect(await ask(fetcher, 'https://files.example/a.mp4')).toEqual(UNREACHABLE);
    expect(proxy.tunnels()).toEqual(['1.1.1.1:443']);
  });
});
