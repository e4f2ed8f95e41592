import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createMediaFetcher, type MediaFetcher } from '../../src/media/fetching/media-fetcher.ts';

const servers: Server[] = [];
const fetchers: MediaFetcher[] = [];

afterEach(async () => {
  await Promise.all(fetchers.splice(0).map((fetcher) => fetcher.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server of loopback that counts its requests. */
async function serve(
  listener: RequestListener,
): Promise<{ origin: string; port: number; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, asked: () => asked };
}

/** `names`: what a host name's addresses are, look-up by look-up. */
function fetcherFor(
  allowedOrigin: string | null,
  names: Record<string, string[][]> = {},
): MediaFetcher {
  const fetcher = createMediaFetcher({
    proxies: { http: null, https: null },
    allowedOrigins: allowedOrigin === null ? [] : [allowedOrigin],
    connectMs: 2_000,
    silentMs: 2_000,
    find: (host, done) => {
      const answers = names[host] ?? [];
      const addresses = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
  });
  fetchers.push(fetcher);
  return fetcher;
}

const ask = (fetcher: MediaFetcher, url: string) =>
  fetcher.fetch(url, new AbortController().signal);

const NOT_PUBLIC = {
  kind: 'gone',
  problem: 'The URL leads to an address that is not of the public internet.',
};

describe('a fetcher of media', () => {
  it('opens what the allowed origin serves, with its length and digests', async () => {
    const { origin } = await serve((_, response) => {
      response.setHeader('content-md5', 'XrY7u+Ae7tCTyyK7j1rNww==');
      response.setHeader('repr-digest', 'sha-256=:uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=:');
      response.end('hello world');
    });
    const found = await ask(fetcherFor(origin), `${origin}/a.mp4`);
    expect(found).toMatchObject({
      kind: 'opened',
      bytes: 11,
      digests: [
        {
          algorithm: 'sha256',
          hex: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
        },
        { algorithm: 'md5', hex: '5eb63bbbe01eeed093cb22bb8f5acdc3' },
      ],
    });
  });

  it.each([
    ['an address', (port: number) => `http://127.0.0.1:${port}/`],
    ['an address in another notation', (port: number) => `http://2130706433:${port}/`],
    ['an IPv6 address', (port: number) => `http://[::ffff:127.0.0.1]:${port}/`],
    ['a name', (port: number) => `http://inside.example.com:${port}/`],
    ['a name with one private address', (port: number) => `http://mixed.example.com:${port}/`],
  ])('connects to nothing private by %s', async (_, url) => {
    const { port, asked } = await serve((__, response) => response.end('secret'));
    const fetcher = fetcherFor(null, {
      'inside.example.com': [['127.0.0.1']],
      'mixed.example.com': [['1.1.1.1', '127.0.0.1']],
    });
    expect(await ask(fetcher, url(port))).toEqual(NOT_PUBLIC);
    expect(asked()).toBe(0);
  });

  it('asks for the addresses once for each connection, and connects to those', async () => {
    const { port, asked } = await serve((_, response) => response.end('secret'));
    const names = { 'rebinding.example.com': [['127.0.0.1'], ['1.1.1.1']] };
    const fetcher = fetcherFor(null, names);
    expect(await ask(fetcher, `http://rebinding.example.com:${port}/`)).toEqual(NOT_PUBLIC);
    expect(asked()).toBe(0);
  });

  it('judges the target of every redirect', async () => {
    const inside = await serve((_, response) => response.end('secret'));
    const { origin } = await serve((_, response) => {
      response.writeHead(302, { location: `${inside.origin}/latest/meta-data` }).end();
    });
    expect(await ask(fetcherFor(origin), `${origin}/a.mp4`)).toEqual(NOT_PUBLIC);
    expect(inside.asked()).toBe(0);
  });

  it.each([
    'file:///etc/hostname',
    'ftp://example.com/a',
    'gopher://example.com/',
    'data:,x',
    'nonsense',
  ])('asks for nothing at %s', async (url) => {
    const { origin } = await serve((_, response) => {
      response.writeHead(301, { location: url === 'nonsense' ? 'http://' : url }).end();
    });
    const found = await ask(fetcherFor(origin), `${origin}/`);
    expect(found).toMatchObject({ kind: 'gone' });
    expect(await ask(fetcherFor(origin), url)).toMatchObject({ kind: 'gone' });
  });

  it('follows three redirects, relative ones too, and not a fourth', async () => {
    const { origin } = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('here');
      else response.writeHead(307, { location: `/${left - 1}` }).end();
    });
    const fetcher = fetcherFor(origin);
    expect(await ask(fetcher, `${origin}/3`)).toMatchObject({ kind: 'opened' });
    expect(await ask(fetcher, `${origin}/4`)).toEqual({
      kind: 'gone',
      problem: 'The source redirects more than 3 times.',
    });
  });

  it.each([403, 404, 429, 500, 503])('may come later after HTTP %i', async (status) => {
    const { origin } = await serve((_, response) => {
      response.writeHead(status, { 'retry-after': '7' }).end('not yet');
    });
    expect(await ask(fetcherFor(origin), origin)).toEqual({
      kind: 'later',
      problem: `The source answered HTTP ${status}.`,
      retryAfterMs: 7_000,
    });
  });

  it.each([400, 410, 451])('never comes after HTTP %i', async (status) => {
    const { origin } = await serve((_, response) => response.writeHead(status).end());
    expect(await ask(fetcherFor(origin), origin)).toMatchObject({ kind: 'gone' });
  });

  it('may come later where nobody answers', async () => {
    const { origin } = await serve((request) => request.socket.destroy());
    expect(await ask(fetcherFor(origin), origin)).toMatchObject({
      kind: 'later',
      problem: 'The source could not be reached.',
    });
  });
});
