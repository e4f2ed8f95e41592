import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ToyServer } from '../conformance/support/toy-server.ts';
import { until } from '../support/processes/until.ts';
import { untilClosed } from '../support/processes/until-closed.ts';
import { codeOf, useToyServers } from '../conformance/support/use-toy-servers.ts';

const toy = useToyServers();
const { start, ask, post, dial } = toy;

describe('other sites', () => {
  const get = (headers: Record<string, string>, at?: ToyServer) =>
    ask('/graphql?query=%7Bhello%7D', { headers, ...(at && { at }) });

  it("refuses a GET that the browser marks as another site's", async () => {
    for (const site of ['cross-site', 'same-site']) {
      expect((await get({ 'sec-fetch-site': site })).status).toBe(403);
    }
    for (const site of ['same-origin', 'none']) {
      expect((await get({ 'sec-fetch-site': site })).status).toBe(200);
    }
    expect((await get({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await get({ origin: 'null' })).status).toBe(403);
    expect((await get({ origin: toy.server.url })).status).toBe(200);
    expect((await get({})).status).toBe(200);
  });

  it('sends no CORS headers unless an origin is allowed', async () => {
    const preflight = {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const closed = await ask('/graphql', { method: 'OPTIONS', headers: preflight });
    expect(closed.status).toBe(405);
    expect(Object.keys(closed.headers).filter((name) => name.startsWith('access-'))).toEqual([]);

    const open = await start({ allowedOrigins: ['https://app.example'] });
    const answer = await ask('/graphql', { method: 'OPTIONS', headers: preflight, at: open });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type, authorization, x-api-key',
      vary: 'origin',
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');

    const origin = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' };
    const allowed = await get(origin, open);
    expect([allowed.status, allowed.headers['access-control-allow-origin']]).toEqual([
      200,
      'https://app.example',
    ]);
    for (const other of [
      'https://app.example.evil',
      'https://app.example:444',
      'http://app.example',
    ]) {
      const refused = await get({ origin: other }, open);
      expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([
        403,
        undefined,
      ]);
    }
  });

  it('answers only loopback names while callers need no credential', async () => {
    const port = String(toy.server.port);
    for (const host of [
      'localhost',
      `localhost:${port}`,
      '127.0.0.1',
      '127.8.9.1:1',
      `[::1]:${port}`,
    ]) {
      expect((await post({ query: '{ hello }' }, { host })).status).toBe(200);
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '10.0.0.1',
    ]) {
      expect((await post({ query: 'mutation { buy }' }, { host })).status).not.toBe(200);
      expect((await ask('/ready', { headers: { host } })).status).not.toBe(200);
    }
    expect(toy.server.bought).toEqual([]);
    expect((await ask('/health', { headers: { host: 'evil.example' } })).status).toBe(200);
    const { socket, received } = await dial();
    socket.write('GET /ready HTTP/1.0\r\n\r\n');
    await until(() => received().startsWith('HTTP/1.1 403'));
    socket.destroy();

    const open = await start({ loopbackHostsOnly: false });
    expect((await post({ query: '{ hello }' }, { host: 'gateway.example' }, open)).status).toBe(
      200,
    );
  });
});

describe('routes', () => {
  it('carries the security headers on every answer, and says nothing of itself', async () => {
    const answers = [
      await ask('/health'),
      await ask('/ready'),
      await ask('/nothing'),
      await ask('/graphql'),
      await ask('/graphql', { method: 'PUT' }),
      await post({ query: '{ hello }' }),
      await post('x', { 'content-type': 'text/plain' }),
      await ask('/graphql', { headers: { accept: 'text/html' } }),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('server');
    }
  });

  it('answers what it does not know with 404', async () => {
    for (const path of [
      '/nothing',
      '/graphql//',
      '/graphql/x',
      '/metricsx/',
      '/webhooks/akool/',
      '/webhooks/akool/abc',
      '//graphql',
    ]) {
      const answer = await ask(path);
      expect([path, answer.status, codeOf(answer)]).toEqual([path, 404, 'NOT_FOUND']);
    }
  });

  it('serves clients that offer HTTP/2 with every request as if they did not', async () => {
    const { socket, received } = await dial();
    const body = '{"query":"{ hello }"}';
    const head = (connection: string): string =>
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: ${connection}\r\nupgrade: h2c\r\n` +
      `http2-settings: AAMAAABk\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    const answers = (): number => received().split('{"data":{"hello":"world"}}').length - 1;
    socket.write(head('Upgrade, HTTP2-Settings') + body);
    await until(() => answers() === 1);
    // What tells where the body ends may be the last of very many.
    const length = 'content-length';
    socket.write(head('Upgrade').replace(length, `${'a:\r\n'.repeat(2_500)}${length}`));
    socket.write(body);
    await until(() => answers() === 2);
    socket.write(head('Upgrade, HTTP2-Settings, close') + body);
    await untilClosed(socket);
    expect(answers()).toBe(3);
    expect(received().match(/HTTP\/1.1 200 /g)).toHaveLength(3);
  });

  it('hands webhooks on, whatever the host name, and survives a handler that fails', async () => {
    const tokens: string[] = [];
    const hooked = await start({
      webhook: async (_request, response, token) => {
        tokens.push(token);
        if (token === 'fails') throw new Error('the-secret-inside');
        response.writeHead(200).end('ok');
      },
    });
    const call = (token: string) =>
      ask(`/webhooks/akool/${token}`, {
        method: 'POST',
        headers: { host: 'tunnel.example' },
        body: '{}',
        at: hooked,
      });
    expect(await call('a-B_9')).toMatchObject({ status: 200, text: 'ok' });
    const failed = await call('fails');
    expect([failed.status, codeOf(failed)]).toEqual([500, 'INTERNAL']);
    expect(failed.text).not.toContain('the-secret-inside');
    for (const path of ['a/b', 'a.b', '']) expect((await call(path)).status).toBe(404);
    expect(tokens).toEqual(['a-B_9', 'fails']);
  });

  it('is ready when asked for readiness says so, in time', async () => {
    let answer = async (): Promise<boolean> => true;
    const checked = await start({ ready: () => answer(), limits: { readyMs: 20 } });
    const status = async () => (await ask('/ready', { at: checked })).status;
    expect(await status()).toBe(200);
    answer = async () => false;
    expect(await status()).toBe(503);
    answer = async () => {
      throw new Error('store away');
    };
    expect(await status()).toBe(503);
    answer = () => new Promise(() => {});
    expect(await status()).toBe(503);
    expect((await ask('/health', { at: checked })).status).toBe(200);
  });
});

describe('the explorer', () => {
  const page = (headers: Record<string, string> = {}, at?: ToyServer) =>
    ask('/graphql', { headers: { accept: 'text/html,*/*;q=0.8', ...headers }, ...(at && { at }) });

  it('is one page that needs nothing else, whose script is allowed by its hash', async () => {
    const { status, headers, text } = await page();
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(headers['content-security-policy']);
    expect(policy).not.toMatch(/unsafe-eval|nonce|\*|script-src[^;]*(unsafe|http)/);
    const script = text.slice(text.indexOf('<script>') + 8, text.lastIndexOf('</script>'));
    expect(policy).toContain(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(text.match(/<script/g)?.length).toBeGreaterThanOrEqual(1);
    expect(text).not.toMatch(/<(?:script|link)[^>]+(?:src|href)="?https?:/);
    expect(text.indexOf('query Hello')).toBeLessThan(text.indexOf('subscription Watch'));
  });

  it('is sent once', async () => {
    const { headers } = await page({ 'accept-encoding': 'gzip' });
    expect(headers['content-encoding']).toBe('gzip');
    const again = await page({ 'if-none-match': String(headers.etag) });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it('is where a browser is sent from /, and is not there when it is off', async () => {
    const root = await ask('/', { headers: { accept: 'text/html' } });
    expect([root.status, root.headers.location]).toEqual([302, '/graphql']);
    const closed = await start({ explorer: false });
    expect((await page({}, closed)).status).toBe(400);
    expect((await ask('/', { headers: { accept: 'text/html' }, at: closed })).status).toBe(404);
  });

  it('tries again after it could not be built', async () => {
    const broken = await start({
      explorerFolders: { programs: '/does/not/exist', operations: '/does/not/exist' },
    });
    expect(codeOf(await page({}, broken))).toBe('INTERNAL');
    expect((await page({}, broken)).status).toBe(500);
  });
});
