import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { lookAtStore } from '../../src/app/serving/look-at-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { analysis, made, next, task } from '../store/contract/store-harness.ts';
import { startGateway, stopGateways } from '../support/gateway/gateway.ts';
import { freePort } from '../support/processes/free-port.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { createManualClock } from '../support/time/manual-clock.ts';

const HOUR_MS = 3_600_000;
const log = { debug() {}, info() {}, warn() {}, error() {} };

afterEach(async () => {
  await stopGateways();
  removeFolders();
});

const scrape = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${url}/metrics`, { headers });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  };
};

describe('metrics', () => {
  it('count operations by name, type and outcome, on every transport, and hold no id', async () => {
    const gateway = await startGateway();
    await gateway.ask('query CreditBalance { creditBalance }');
    await gateway.ask('query ChosenByACaller { creditBalance }');
    await gateway.ask('query CreditBalance { nonsense }');
    const unknown = 'subscription WatchTeam { jobStatusChanged { cursor } }';
    const feed = gateway.watch(unknown);
    const has = async (line: string) => (await scrape(gateway.url)).text.includes(line);
    await expect
      .poll(() =>
        has('gateway_operations_total{type="subscription",name="WatchTeam",outcome="ok"} 1'),
      )
      .toBe(true);
    feed.stop();
    const { status, type, text } = await scrape(gateway.url);
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toContain(
      'gateway_operations_total{type="query",name="CreditBalance",outcome="ok"} 1',
    );
    expect(text).toContain('gateway_operations_total{type="query",name="other",outcome="ok"} 1');
    expect(text).not.toContain('ChosenByACaller');
    expect(text).toContain('gateway_refused_total{code="GRAPHQL_VALIDATION_FAILED"} 1');
    expect(text).toContain('gateway_purchases_unknown 0');
    expect(text).toMatch(/gateway_build_info\{version="[\d.]+"\} 1/);
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  it('of one scrape belong together, from the first one on', async () => {
    const metrics = createMetrics({
      names: new Set(),
      version: '1.2.3',
      now: () => 10_000,
      observed: {
        degraded: () => ['wake-ups'],
        unknownPurchases: async () => ({ count: 2, oldestAt: 4_000 }),
        overdueJobs: async () => ({ ANALYSIS: 0, HEAD_SWAP_TASK: 7 }),
      },
    });
    const { body } = await metrics.text();
    expect(body).toContain('gateway_purchases_unknown 2\n');
    expect(body).toContain('gateway_purchases_unknown_oldest_age_seconds 6\n');
    expect(body).toContain('gateway_degraded{part="wake-ups"} 1\n');
    expect(body).toContain('gateway_jobs_overdue{kind="HEAD_SWAP_TASK"} 7\n');
  });

  it('leave out what the store cannot tell', async () => {
    const metrics = createMetrics({
      names: new Set(),
      version: '1.2.3',
      now: () => 10_000,
      observed: {
        degraded: () => [],
        unknownPurchases: () => Promise.reject(new Error('The store is away.')),
        overdueJobs: async () => ({ ANALYSIS: 1, HEAD_SWAP_TASK: 1 }),
      },
    });
    const { body } = await metrics.text();
    expect(body).not.toMatch(/^gateway_(purchases_unknown|jobs_overdue)/m);
  });

  it('tell how many jobs are overdue, as the store knows them', async () => {
    const clock = createManualClock(1_778_806_000_000);
    const store = await openSqliteStore({ url: `file:${newFolder()}/gateway.db`, clock, log });
    onTestFinished(() => store.close());
    const figures = createMetrics({
      names: new Set(),
      version: '1.2.3',
      now: () => clock.now(),
      observed: { degraded: () => [], ...lookAtStore(store) },
    });
    const overdue = async () =>
      Array.from(
        (await figures.text()).body.matchAll(/^gateway_jobs_overdue.*$/gm),
        ([line]) => line,
      );
    const [slow, slower] = [task('team', 'slow'), analysis('team', 'slower')];
    const firstSeenAt = clock.now();
    await store.writeJobs([made(slow, { firstSeenAt }), made(slower, { firstSeenAt })]);
    await clock.advance(2 * HOUR_MS - 1);
    expect(await overdue()).toEqual([
      'gateway_jobs_overdue{kind="ANALYSIS"} 0',
      'gateway_jobs_overdue{kind="HEAD_SWAP_TASK"} 0',
    ]);
    await clock.advance(1);
    await store.writeJobs([next(slower, { status: 'COMPLETED' })]);
    expect(await overdue()).toEqual([
      'gateway_jobs_overdue{kind="ANALYSIS"} 0',
      'gateway_jobs_overdue{kind="HEAD_SWAP_TASK"} 1',
    ]);
  });

  it('are for whoever has the token, and otherwise not there, where callers need a credential', async () => {
    const env = { SANDBOX: 'true', CALLER_KEYS: 'a-caller-key-of-this-test' };
    const closed = await startGateway({ env });
    expect((await scrape(closed.url)).status).toBe(404);
    const token = 'a-token-for-the-scraper';
    const open = await startGateway({ env: { ...env, METRICS_TOKEN: token } });
    expect((await scrape(open.url)).status).toBe(404);
    expect((await scrape(open.url, { authorization: 'Bearer wrong' })).status).toBe(404);
    expect((await scrape(open.url, { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it('are at a port of their own where one is named', async () => {
    const port = await freePort();
    const env = {
      SANDBOX: 'true',
      CALLER_KEYS: 'a-caller-key-of-this-test',
      METRICS_PORT: String(port),
    };
    await startGateway({ env });
    expect((await scrape(`http://127.0.0.1:${port}`)).text).toContain('gateway_build_info');
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
  });
});
