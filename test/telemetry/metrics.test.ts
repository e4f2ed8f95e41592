import { afterEach, describe, expect, it } from 'vitest';
import {
  CreateHeadSwapTaskDocument,
  WatchAnalysisDocument,
} from '../../src/client-operations/graphql.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { post, send } from '../support/gateway/calling.ts';
import { startGateway, stopGateways } from '../support/gateway/gateway.ts';
import { scrape, type Scrape, type Series } from '../support/gateway/scrape.ts';
import { submitAnalysis, taskInput } from '../support/gateway/stories.ts';
import { startOnSandbox, tellStory } from '../support/gateway/story-on-sandbox.ts';
import { until } from '../support/processes/until.ts';

const sandboxes: Sandbox[] = [];

afterEach(async () => {
  await stopGateways();
  for (const sandbox of sandboxes.splice(0)) await sandbox.close();
});

/** A gateway on a quick sandbox, and how its figures are read. */
async function onSandbox(taskMs = 600) {
  const { gateway, sandbox } = await startOnSandbox({}, taskMs);
  sandboxes.push(sandbox);
  return { gateway, sandbox, read: () => scrape(gateway.url) };
}

describe('figures', () => {
  it('tell a story before, in and after it', async () => {
    // Long enough for what is counted in the store to be seen in it.
    const { gateway, sandbox, read } = await onSandbox(3_000);
    const mutation = 'createHeadSwapTask';
    const task = { kind: 'HEAD_SWAP_TASK' };

    const before = await read();
    expect(before.value('gateway_watchers', { transport: 'websocket' })).toBe(0);
    expect(before.value('gateway_jobs_live', { ...task, status: 'QUEUED' })).toBe(0);
    expect(before.series.filter(({ name }) => name === 'gateway_purchases_total')).toEqual([]);
    expect(before.value('gateway_webhooks_total', { answer: 'accepted' })).toBe(0);
    expect(before.value('gateway_webhooks_expected')).toBe(1);
    expect(before.value('gateway_circuit_breakers', { state: 'closed' })).toBe(1);
    expect(before.value('gateway_degraded', { part: 'store' })).toBe(0);

    const ids = await tellStory(gateway, async () => {
      await until(async () => {
        const { value } = await read();
        const live = (status: string) => value('gateway_jobs_live', { ...task, status });
        return live('QUEUED') + live('PROCESSING') === 1;
      });
      const within = await read();
      expect(within.value('gateway_watchers', { transport: 'websocket' })).toBe(1);
      expect(within.value('gateway_purchases_total', { mutation, state: 'SENDING' })).toBe(1);
      expect(within.value('gateway_purchases_total', { mutation, state: 'ACCEPTED' })).toBe(1);
      expect(taskEnds(within)).toEqual([]);
    });

    await until(async () => {
      const { value } = await read();
      const live = value('gateway_jobs_live', { ...task, status: 'PROCESSING' });
      return live === 0 && value('gateway_watchers', { transport: 'websocket' }) === 0;
    });
    const after = await read();
    const asked = { name: 'CreateHeadSwapTask', type: 'mutation', transport: 'http' };
    expect(after.value('gateway_operations_total', { ...asked, outcome: 'ok' })).toBe(1);
    expect(after.value('gateway_operation_duration_seconds_count', asked)).toBe(1);
    const watched = { name: 'WatchHeadSwapTask', type: 'subscription', transport: 'websocket' };
    expect(after.value('gateway_operations_total', { ...watched, outcome: 'ok' })).toBe(1);
    const created = { endpoint: 'create_task', code: '1000' };
    expect(after.value('gateway_akool_requests_total', created)).toBe(1);
    expect(
      after.value('gateway_akool_request_duration_seconds_count', { endpoint: 'create_task' }),
    ).toBe(1);
    expect(after.value('gateway_webhooks_total', { answer: 'accepted' })).toBeGreaterThan(0);
    expect(taskEnds(after)).toHaveLength(1);
    const polled = { kind: 'ANALYSIS', status: 'COMPLETED', seen_by: 'poll' };
    expect(after.value('gateway_job_ends_total', polled)).toBe(1);
    expect(
      after.value('gateway_job_detection_delay_seconds_count', { seen_by: 'poll' }),
    ).toBeGreaterThan(0);
    expect(after.value('gateway_poll_lag_seconds_count')).toBeGreaterThan(0);
    expect(after.value('gateway_purchases_open', { state: 'UNKNOWN' })).toBe(0);
    const written = { verb: 'writeJobs' };
    expect(after.value('gateway_store_duration_seconds_count', written)).toBeGreaterThan(0);
    const webhooks = { route: 'webhooks', status_class: '2xx' };
    expect(after.value('gateway_http_responses_total', webhooks)).toBeGreaterThan(0);

    // Nothing in it names what a caller, or AKOOL, has chosen.
    for (const secret of [ids.task, ids.analysis, 'example.com', sandbox.apiKey, 'two-people']) {
      expect(after.text).not.toContain(secret);
    }
  });

  it('tell ends that a webhook has brought to light', async () => {
    const { gateway, read } = await onSandbox();
    const analysis = await submitAnalysis(gateway, 'https://example.com/two-people.mp4');
    await gateway.watch(WatchAnalysisDocument.toString(), { id: analysis }).done;
    // Nobody watches the task, and it is not due again for ten seconds.
    await gateway.run(CreateHeadSwapTaskDocument, { input: taskInput(analysis) });
    const ended = { kind: 'HEAD_SWAP_TASK', status: 'COMPLETED', seen_by: 'webhook' };
    await until(async () => (await read()).value('gateway_job_ends_total', ended) === 1);
    const { value } = await read();
    const delays = 'gateway_job_detection_delay_seconds_count';
    expect(value(delays, { seen_by: 'webhook' })).toBe(1);
  });

  it('tell copies and their bytes', async () => {
    const { gateway, read } = await onSandbox();
    await tellStory(gateway);
    await until(async () => (await read()).value('gateway_copies_total', { result: 'stored' }) > 0);
    const { value } = await read();
    expect(value('gateway_copied_bytes_total')).toBeGreaterThan(1_000);
    expect(value('gateway_copies_total', { result: 'failed' })).toBe(0);
  });

  it('tell what is refused by its code, and names that callers make up as other', async () => {
    const gateway = await startGateway();
    await post(gateway.url, { query: 'query Mine { __typename }' });
    await post(gateway.url, { query: 'query Mine { nothing }' });
    await gateway.ask('query Mine { headSwapTask(id: "none") { id } }');
    const { value, text } = await scrape(gateway.url);
    const mine = { name: 'other', type: 'query', transport: 'http' };
    expect(value('gateway_operations_total', { ...mine, outcome: 'ok' })).toBe(2);
    const refused = { transport: 'http', code: 'GRAPHQL_VALIDATION_FAILED' };
    expect(value('gateway_refused_total', refused)).toBe(1);
    expect(text).not.toContain('Mine');
  });

  it('tell watchers by what they come by', async () => {
    const gateway = await startGateway();
    const query = 'subscription WatchTeam { jobStatusChanged { cursor } }';
    const body = JSON.stringify({ query });
    const asks = ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0, application/json'];
    const streams = asks.map((accept) => {
      const { signal, abort } = cancellation();
      const headers = { accept, 'content-type': 'application/json' };
      const answer = fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body, signal });
      return { answer, abort };
    });
    const socket = gateway.watch(query);
    for (const { answer } of streams) expect((await answer).status).toBe(200);
    const watchers = async () => {
      const { value } = await scrape(gateway.url);
      return ['sse', 'multipart', 'websocket'].map((transport) =>
        value('gateway_watchers', { transport }),
      );
    };
    await expect.poll(watchers).toEqual([1, 1, 1]);
    const { value } = await scrape(gateway.url);
    for (const transport of ['sse', 'multipart', 'websocket']) {
      const begun = { name: 'WatchTeam', type: 'subscription', transport, outcome: 'ok' };
      expect([transport, value('gateway_operations_total', begun)]).toEqual([transport, 1]);
    }
    for (const { abort } of streams) abort();
    socket.stop();
    await expect.poll(watchers).toEqual([0, 0, 0]);
  });
});

describe('a scrape', () => {
  it('is in OpenMetrics for whoever rather takes that, and changes nothing for others', async () => {
    const { url } = await startGateway();
    await post(url, { query: '{ __typename }' });
    const read = (accept: string) => send(`${url}/metrics`, { headers: { accept } });
    const open = await read('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
    expect(open.headers['content-type']).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(open.text).toContain('# TYPE gateway_operations counter\n');
    expect(open.text).toContain('\ngateway_operations_total{');
    expect(open.text.endsWith('# EOF\n')).toBe(true);

    const others = ['*/*', 'text/plain', 'application/openmetrics-text;q=0.2,text/plain;q=0.5'];
    for (const accept of others) {
      const { headers, text } = await read(accept);
      expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(text).toContain('# TYPE gateway_operations_total counter\n');
      expect(text).toContain('\ngateway_operations_total{');
    }
  });

  it('asks a slow store once in two seconds, whoever reads, and lets nobody wait for it', async () => {
    let counts = 0;
    const { url } = await startGateway({
      wrapStore: (store) => ({
        ...store,
        async count() {
          counts += 1;
          if (counts > 1) return new Promise(() => undefined);
          await new Promise((resolve) => setTimeout(resolve, 50));
          return store.count();
        },
      }),
    });
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => scrape(url)));
    await scrape(url);
    expect(counts).toBeLessThanOrEqual(1 + Math.floor((performance.now() - startedAt) / 2_000));
    // The second count never ends.
    await until(() => counts === 2);
    expect((await scrape(url)).value('gateway_degraded', { part: 'store' })).toBe(0);
  });

  it('says that the store is away, and tells no old figures of it', async () => {
    const { url } = await startGateway({
      wrapStore: (store) => ({ ...store, count: () => Promise.reject(new Error('away')) }),
    });
    const { value, text } = await scrape(url);
    expect(value('gateway_degraded', { part: 'store' })).toBe(1);
    expect(value('gateway_store_errors_total', { verb: 'count' })).toBe(1);
    expect(text).not.toMatch(/^gateway_(purchases_open|purchases_unknown|jobs_live|jobs_overdue)/m);
  });
});

/** The series of tasks that ended, whatever saw it. */
function taskEnds({ series }: Scrape): Series[] {
  return series.filter(
    ({ name, labels }) => name === 'gateway_job_ends_total' && labels['kind'] === 'HEAD_SWAP_TASK',
  );
}

function cancellation() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
