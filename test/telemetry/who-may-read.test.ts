import { afterEach, expect, it } from 'vitest';
import { send } from '../support/gateway/calling.ts';
import { startGateway, stopGateways } from '../support/gateway/gateway.ts';
import { freePort } from '../support/processes/free-port.ts';

afterEach(stopGateways);

const TOKEN = 'a-token-for-metrics-of-some-length';
const KEY = 'a-key-of-a-caller-of-some-length';
const CALLERS = { CALLER_KEYS: KEY, SANDBOX: 'true' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const statusOf = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
  (await send(`${url}/metrics`, { headers })).status;

/** What /ready?verbose tells. */
async function verboseAt(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  return JSON.parse((await send(`${url}/ready?verbose`, { headers })).text);
}

const SHORT = { ready: true, degraded: [] };
const STATUS = {
  ...SHORT,
  watchers: { sse: 0, multipart: 0, websocket: 0 },
  store: { oldestUnknownPurchaseSeconds: 0, openWebhooks: 0, pendingCopies: 0 },
  accounts: { count: 1, paused: 0, readsWaiting: 0, circuitBreakers: { closed: 1 } },
  copiesRunning: 0,
};

it('whoever calls without a credential, by a loopback name', async () => {
  const { url } = await startGateway();
  expect(await statusOf(url)).toBe(200);
  expect(await statusOf(url, { host: 'gateway.example.com' })).toBe(403);
  expect((await send(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
  expect(await verboseAt(url)).toMatchObject(STATUS);
  expect(JSON.parse((await send(`${url}/ready`)).text)).toEqual(SHORT);
});

it('nobody, where callers need a credential and operators have none', async () => {
  const { url } = await startGateway({ env: CALLERS });
  expect(await statusOf(url)).toBe(404);
  expect(await statusOf(url, bearer(KEY))).toBe(404);
  expect(await verboseAt(url, bearer(KEY))).toEqual(SHORT);
});

it('whoever has the token; for others there is nothing', async () => {
  const { url } = await startGateway({ env: { ...CALLERS, METRICS_TOKEN: TOKEN } });
  expect(await statusOf(url, bearer(TOKEN))).toBe(200);
  expect(await statusOf(url, { authorization: `bearer ${TOKEN}` })).toBe(200);
  expect(await statusOf(url, bearer(`${TOKEN}x`))).toBe(404);
  expect(await statusOf(url)).toBe(404);
  expect(await verboseAt(url, bearer(TOKEN))).toMatchObject(STATUS);
  expect(await verboseAt(url)).toEqual(SHORT);
});

it('whoever reaches a port of its own, where there is nothing else', async () => {
  const port = await freePort();
  const { url } = await startGateway({ env: { ...CALLERS, METRICS_PORT: String(port) } });
  const own = `http://127.0.0.1:${port}`;
  expect(await statusOf(url)).toBe(404);
  expect(await statusOf(own)).toBe(200);
  expect(await verboseAt(own)).toMatchObject(STATUS);
  for (const path of ['/', '/graphql', '/ready', '/health']) {
    expect([path, (await send(`${own}${path}`)).status]).toEqual([path, 404]);
  }
});
