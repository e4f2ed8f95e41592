import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { cacheCounts } from '../../src/app/metrics/cached-counts.ts';
import { createGatewayState } from '../../src/app/metrics/gateway-state.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { METRICS, mostSeries } from '../../src/telemetry/metrics/catalogue.ts';
import { LABELS } from '../../src/telemetry/metrics/labels.ts';
import { analysis, made, next, task } from '../store/contract/store-harness.ts';
import { startGateway, stopGateways } from '../support/gateway/gateway.ts';
import { scrape } from '../support/gateway/scrape.ts';
import { startOnSandbox, tellStory } from '../support/gateway/story-on-sandbox.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { createManualClock } from '../support/time/manual-clock.ts';

afterEach(async () => {
  await stopGateways();
  removeFolders();
});

const HOUR_MS = 3_600_000;
const log = { debug() {}, info() {}, warn() {}, error() {} };

describe('what is told', () => {
  it('is in the catalogue, with the labels and no more series than it says', async () => {
    const { gateway, sandbox } = await startOnSandbox();
    onTestFinished(() => sandbox.close());
    await tellStory(gateway);
    const { series } = await scrape(gateway.url);
    const known = new Set<string>();
    const tooMany: string[] = [];
    for (const about of Object.values(METRICS)) {
      const suffixes = about.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      const names = suffixes.map((suffix) => `${about.name}${suffix}`);
      for (const name of names) known.add(name);
      const ours = series.filter(({ name }) => names.includes(name));
      if (ours.length > mostSeries(about)) tooMany.push(about.name);
      const labels = new Set<string>([...about.labels, 'le']);
      const used = ours.flatMap((one) => Object.keys(one.labels));
      expect(used.filter((label) => !labels.has(label))).toEqual([]);
    }
    expect(series.filter(({ name }) => !known.has(name))).toEqual([]);
    for (const [label, { most }] of Object.entries(LABELS)) {
      const values = new Set(series.flatMap(({ labels }) => labels[label] ?? []));
      if (values.size > most) tooMany.push(label);
    }
    expect(tooMany).toEqual([]);
  });

  it('has a bound for every verb of the store', async () => {
    const verbs = new Set<string>();
    await startGateway({
      wrapStore(store) {
        for (const part of [store, store.copies, store.uploads]) {
          for (const [name, value] of Object.entries(part)) {
            if (typeof value === 'function') verbs.add(name);
          }
        }
        return store;
      },
    });
    expect(verbs.size).toBeGreaterThan(30);
    expect(verbs.size).toBeLessThanOrEqual(LABELS.verb.most);
  });
});

describe('the state of the gateway', () => {
  it('tells how many jobs are overdue, as the store knows them', async () => {
    const clock = createManualClock(1_778_806_000_000);
    const store = await openSqliteStore({ url: `file:${newFolder()}/gateway.db`, clock, log });
    onTestFinished(() => store.close());
    const counts = cacheCounts(store);
    onTestFinished(() => counts.stop());
    const read = createGatewayState({
      version: '1.2.3',
      store,
      counts,
      accounts: new Map(),
      watchers: () => ({ sse: 0, multipart: 0, websocket: 0 }),
      copiesRunning: () => 0,
    });
    const overdue = async () => (await read()).store?.overdueJobs;
    const [slow, slower] = [task('team', 'slow'), analysis('team', 'slower')];
    const firstSeenAt = clock.now();
    await store.writeJobs([made(slow, { firstSeenAt }), made(slower, { firstSeenAt })]);
    await clock.advance(2 * HOUR_MS - 1);
    expect(await overdue()).toEqual({ ANALYSIS: 0, HEAD_SWAP_TASK: 0 });
    await store.writeJobs([next(slower, { status: 'COMPLETED' })]);
    await clock.advance(2_000);
    expect(await overdue()).toEqual({ ANALYSIS: 0, HEAD_SWAP_TASK: 1 });
  });
});
