import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json } from '../support/akool/scripted-answers.ts';
import { ring, tokenOf, WEBHOOK_ENV } from '../support/akool/webhooks.ts';
import { spawnGateway, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import { API_KEY, CLIENT_ID, envFor, taskInput, WATCH_TASK } from '../support/gateway/stories.ts';
import { startCollector, type Collector, type ExportedSpan } from '../support/otlp/collector.ts';
import { until } from '../support/processes/until.ts';
import { useProcesses } from '../support/processes/use-processes.ts';
import { CREATE, readyAnalysis, submit, VIDEO } from '../support/purchases/buying.ts';

const SIGNATURE = 'f00dfeedf00dfeedf00dfeed';
const OUTPUT = `https://example.com/output/result.mp4?X-Amz-Signature=${SIGNATURE}`;
const COLLECTOR_KEY = 'collector-key-canary';

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const WATCH_ANALYSIS = 'subscription($id: ID!) { analysisStatusChanged(id: $id) { status } }';

const SAMPLED = { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01` };
const NOT_SAMPLED = { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-00` };

/** As it is shipped: on Node 20 code from a cache cannot `import()`, as the exporter does. */
const GATEWAY = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const given = useProcesses();
let collector: Collector;

beforeEach(async () => {
  collector = await startCollector();
});

afterEach(() => collector.stop());

/** Where spans go, and soon. */
function exporting(): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '20' };
}

function start(env: Record<string, string> = exporting()): Promise<GatewayProcess> {
  // Polling that is far too slow to be what brings a state.
  const slow = { POLL_MIN_MS: '600000', POLL_MAX_MS: '600000' };
  const all = { ...envFor(given.upstream), ...WEBHOOK_ENV, ...slow, LOG_LEVEL: 'debug', ...env };
  return spawnGateway(given.folder, all, [GATEWAY]);
}

async function ask(
  gateway: GatewayProcess,
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return response.text();
}

/** Everything has been exported once the gateway is gone. */
async function exported(gateway: GatewayProcess): Promise<void> {
  expect(await gateway.end('SIGTERM')).toBe(0);
}

const idOf = ({ traceId, spanId }: { traceId: string; spanId: string }) => ({ traceId, spanId });
const isAsked = ({ parentId }: ExportedSpan): boolean => parentId === CALLER.spanId;
const names = (spans: readonly ExportedSpan[]) => spans.map(({ name }) => name).toSorted();

/** The one among them that has this name. */
function only(spans: readonly ExportedSpan[], name: string): ExportedSpan {
  const found = spans.filter((span) => span.name === name);
  const [span] = found;
  if (span === undefined || found.length > 1) throw new Error(`${name} in ${names(spans).join()}`);
  return span;
}

/** A watcher on a WebSocket; resolves to its events when the job has ended. */
async function watchOverSocket(
  gateway: GatewayProcess,
  query: string,
  id: string,
): Promise<unknown[]> {
  class SentFrom extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, { headers: SAMPLED });
    }
  }
  const url = `${gateway.url.replace('http', 'ws')}/graphql`;
  const client = createClient({ url, webSocketImpl: SentFrom, retryAttempts: 0 });
  const events: unknown[] = [];
  for await (const event of client.iterate({ query, variables: { id } })) {
    events.push(event);
  }
  await client.dispose();
  return events;
}

describe('a whole story', () => {
  it('is told in traces, complete from request to fan-out, and no secret is in them', async () => {
    const { upstream } = given;
    const gateway = await start({
      ...exporting(),
      OTEL_SERVICE_NAME: 'gateway-under-test',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${COLLECTOR_KEY}`,
      TRACE_AKOOL: 'on',
    });
    const analysis = await readyAnalysis(gateway, upstream);
    const input = taskInput(analysis);
    await ask(gateway, CREATE.replace('mutation', 'mutation BuyTask'), { input }, SAMPLED);
    const token = tokenOf(upstream.requestsTo('createTask')[0]);
    const read = `{ createHeadSwapTaskResult(idempotencyKey: "${input.idempotencyKey}") { ... on HeadSwapTask { id } } }`;
    const { id } = (await gateway.ask(read)).data.createHeadSwapTaskResult;

    const overSocket = watchOverSocket(gateway, WATCH_TASK, id);
    const stream = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: WATCH_TASK, variables: { id } }),
    });
    const overEvents = stream.text();
    await until(() => collector.named('subscription').length === 2);
    upstream.setTask(id, { status: 3, progress: 100, video_url: OUTPUT });
    await ring(gateway, token, { _id: id, status: 3, url: OUTPUT });
    await overSocket;
    expect(await overEvents).toContain(SIGNATURE);
    await exported(gateway);

    // The create: request, operation, purchase, each step of it.
    const request = only(collector.spans.filter(isAsked), 'POST /graphql');
    expect(request).toMatchObject({
      traceId: CALLER.traceId,
      name: 'POST /graphql',
      kind: 'SERVER',
      failed: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/graphql',
        'url.path': '/graphql',
        'http.response.status_code': 200,
      },
      resource: {
        'service.name': 'gateway-under-test',
        'deployment.environment.name': 'test',
        'service.version': expect.any(String),
      },
    });
    const operation = only(collector.below(request), 'mutation');
    expect(operation).toMatchObject({
      name: 'mutation',
      kind: 'SERVER',
      attributes: { 'graphql.operation.type': 'mutation', 'graphql.operation.name': 'BuyTask' },
    });
    const purchase = only(collector.below(operation), 'purchase');
    expect(purchase.attributes).toMatchObject({
      'akool.job.kind': 'HEAD_SWAP_TASK',
      'akool.job.id': id,
    });
    expect(names(collector.below(purchase))).toEqual(
      expect.arrayContaining([
        'POST /api/open/v4/headswap/task/create',
        'movePurchase',
        'readPurchase',
        'reservePurchase',
      ]),
    );
    const create = collector.one('POST /api/open/v4/headswap/task/create');
    const told = upstream.requestsTo('createTask')[0]?.headers['traceparent'];
    expect(told).toBe(`00-${create.traceId}-${create.spanId}-01`);
    expect(create).toMatchObject({
      kind: 'CLIENT',
      failed: false,
      attributes: {
        'http.request.method': 'POST',
        'url.template': '/api/open/v4/headswap/task/create',
        'server.address': '127.0.0.1',
        'http.response.status_code': 200,
        'akool.code': 1000,
      },
    });
    expect(only(collector.below(purchase), 'reservePurchase')).toMatchObject({
      kind: 'INTERNAL',
      attributes: { 'db.system.name': 'sqlite', 'db.operation.name': 'reservePurchase' },
    });

    // The webhook: request, read-back, store, fan-out.
    const webhook = collector.one('POST /webhooks/akool/{token}');
    expect(webhook).toMatchObject({ parentId: null, kind: 'SERVER' });
    expect(names(collector.below(webhook))).toEqual([
      'follow up webhook',
      'readPurchaseByToken',
      'recordWebhook',
    ]);
    const followUp = collector.one('follow up webhook');
    expect(followUp.links).toEqual([idOf(purchase)]);
    const [readBack] = collector.named('GET /api/open/v4/headswap/task/detail').slice(-1);
    const written = only(collector.below(followUp), 'write job');
    expect(readBack?.parentId).toBe(followUp.spanId);
    const asWritten = ['fan-out', 'writeJobs'];
    expect(names(collector.below(written))).toEqual(expect.arrayContaining(asWritten));
    expect(only(collector.below(written), 'fan-out')).toMatchObject({
      traceId: webhook.traceId,
      attributes: { 'graphql.operation.type': 'subscription', 'gateway.subscribers': 2 },
    });

    // Subscriptions begin, and their spans end with that.
    const subscriptions = collector.named('subscription');
    expect(subscriptions.map(({ links }) => links)).toContainEqual([CALLER]);
    expect(subscriptions.map(({ attributes }) => attributes)).toContainEqual({
      'graphql.operation.type': 'subscription',
    });

    const line = gateway
      .output()
      .split('\n')
      .find((each) => each.includes('"operation":"BuyTask"'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      trace_id: CALLER.traceId,
      span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      trace_flags: '01',
    });
    expect(gateway.output()).not.toContain(COLLECTOR_KEY);
    expect(collector.headers[0]).toMatchObject({ authorization: `Bearer ${COLLECTOR_KEY}` });
    for (const secret of [API_KEY, CLIENT_ID, SIGNATURE, token, input.idempotencyKey, 'https://']) {
      expect(collector.bytes()).not.toContain(secret);
    }
    expect(collector.bytes()).not.toContain('createHeadSwapTask(');
  });
});

describe('whose trace it is', () => {
  it('is the caller’s where it names one, recorded as far as that says', async () => {
    const gateway = await start();
    await ask(gateway, '{ creditBalance }', {}, NOT_SAMPLED);
    await ask(gateway, 'query Known { creditBalance }', {}, { traceparent: 'of no use' });
    // The second time it is a known document.
    await ask(gateway, 'query Known { creditBalance }', {}, SAMPLED);
    await fetch(`${gateway.url}/graphql?query=${encodeURIComponent('{ creditBalance }')}`);
    await fetch(`${gateway.url}/ready`);
    await exported(gateway);
    const requests = collector.spans.filter(({ name }) => /^(?:GET|POST) \/graphql$/.test(name));
    expect(requests.map(({ name, parentId }) => [name, parentId])).toEqual([
      ['POST /graphql', null],
      ['POST /graphql', CALLER.spanId],
      ['GET /graphql', null],
    ]);
    for (const request of requests) {
      const operation = only(collector.below(request), 'query');
      const quota = 'GET /api/open/v3/faceswap/quota/info';
      expect(only(collector.below(operation), quota).traceId).toBe(request.traceId);
    }
    expect(names(collector.spans)).toHaveLength(9);
    expect(collector.bytes()).not.toContain('{ creditBalance }');
    const told = given.upstream.requestsTo('quota').map(({ headers }) => headers['traceparent']);
    expect(told).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('is nobody’s for what the gateway does by itself', async () => {
    const gateway = await start({ ...exporting(), POLL_MIN_MS: '50', POLL_MAX_MS: '50' });
    const { id: analysis } = await submit(gateway, { videoUrl: VIDEO });
    const watching = watchOverSocket(gateway, WATCH_ANALYSIS, String(analysis));
    await until(() => collector.named('subscription').length > 0);
    given.upstream.setAnalysis(String(analysis), { status: 4, error_reason: 'no face' });
    await watching;
    await exported(gateway);
    const bought = collector.named('purchase')[0];
    const [poll] = collector.named('poll');
    const told = collector.one('fan-out');
    const written = collector.named('write job').find(({ spanId }) => spanId === told.parentId);
    expect(collector.named('poll').map(({ spanId }) => spanId)).toContain(written?.parentId);
    expect(poll).toMatchObject({
      parentId: null,
      attributes: { 'akool.job.kind': 'ANALYSIS', 'akool.job.id': analysis },
    });
    expect(poll?.links).toEqual(bought === undefined ? [] : [idOf(bought)]);
    expect(names(poll === undefined ? [] : collector.below(poll))).toEqual(
      expect.arrayContaining(['GET /api/open/v4/headswap/analyze/detail', 'write job']),
    );
    // Nothing that runs by itself begins a trace but a poll; operations of sockets do.
    const roots = collector.spans.filter(({ parentId }) => parentId === null);
    expect(new Set(names(roots))).toEqual(new Set(['POST /graphql', 'poll', 'subscription']));
  });
});

describe('what goes wrong', () => {
  it('has a type and no words, and the spans of a plugin stand among the others', async () => {
    const plugin = fileURLToPath(new URL('../plugins/support/spans.mjs', import.meta.url));
    const gateway = await start({ ...exporting(), GATEWAY_PLUGINS: plugin });
    await ask(gateway, '{ secretWords }');
    await ask(
      gateway,
      'mutation { createHeadSwapTask(input: { idempotencyKey: "k" }) { __typename } }',
    );
    given.upstream.always('quota', json({ code: 1101, msg: 'secret words' }));
    await ask(gateway, '{ creditBalance }');
    await exported(gateway);
    expect(collector.named('GraphQL Operation').map(({ attributes }) => attributes)).toEqual([
      { 'error.type': 'GRAPHQL_VALIDATION_FAILED' },
      { 'error.type': 'GRAPHQL_VALIDATION_FAILED' },
    ]);
    expect(collector.one('query')).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'AKOOL_REJECTED' },
    });
    expect(collector.one('of a plugin').parentId).toBe(collector.one('query').spanId);
    expect(collector.one('GET /api/open/v3/faceswap/quota/info')).toMatchObject({
      parentId: collector.one('of a plugin').spanId,
      failed: true,
      attributes: { 'error.type': 'akool.1101', 'akool.code': 1101 },
    });
    expect(collector.bytes()).not.toMatch(/secret ?words/i);
  });

  it('is no trouble where the collector is away, and is told once', async () => {
    const port = Number(new URL(collector.url).port);
    await collector.stop();
    const short = { OTEL_EXPORTER_OTLP_TIMEOUT: '50', OTEL_BSP_SCHEDULE_DELAY: '20' };
    const gateway = await start({ ...exporting(), ...short });
    const toldOf = (text: string): number => gateway.output().split(text).length - 1;
    expect(await ask(gateway, '{ creditBalance }')).toContain('"creditBalance"');
    await until(() => toldOf('Traces cannot be exported') > 0);
    await ask(gateway, '{ creditBalance }');
    collector = await startCollector(port);
    await until(async () => {
      await ask(gateway, '{ creditBalance }');
      return toldOf('Traces are exported again') > 0;
    });
    expect(toldOf('Traces cannot be exported')).toBe(1);
    expect(toldOf('ECONNREFUSED')).toBe(1);
    await exported(gateway);
  });

  it('does not keep the gateway from ending, when the collector takes and never answers', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const endpoint = `http://127.0.0.1:${port}`;
    const gateway = await start({ ...exporting(), OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    await ask(gateway, '{ creditBalance }');
    const startedAt = performance.now();
    await exported(gateway);
    // 1.5 s for whoever asks /ready, and 2 s for the collector; its own timeout is 10 s.
    expect(performance.now() - startedAt).toBeLessThan(9_000);
    silent.closeAllConnections();
    silent.close();
  });
});

describe('without the variables', () => {
  it('the SDK is not loaded, and nothing is exported', async () => {
    const preload = fileURLToPath(new URL('../support/otlp/loaded.mjs', import.meta.url));
    const loadedWith = async (env: Record<string, string>): Promise<string> => {
      const gateway = await start({ ...env, NODE_OPTIONS: `--import=${preload}` });
      await ask(gateway, '{ creditBalance }', {}, SAMPLED);
      await exported(gateway);
      expect(gateway.output().includes('trace_id')).toBe(collector.spans.length > 0);
      return /loaded of OpenTelemetry: (.*)/.exec(gateway.output())?.[1] ?? 'not told';
    };
    expect(await loadedWith({})).toBe('nothing');
    expect(collector.spans).toEqual([]);
    expect(await loadedWith(exporting())).toContain('sdk-trace');
  });
});

describe('beside another SDK', () => {
  it('spans go to whoever was registered first', async () => {
    const preload = fileURLToPath(new URL('../support/otlp/registered-sdk.mjs', import.meta.url));
    const gateway = await start({ ...exporting(), NODE_OPTIONS: `--import=${preload}` });
    await ask(gateway, '{ creditBalance }');
    await exported(gateway);
    for (const name of ['GET /api/open/v3/faceswap/quota/info', 'query', 'POST /graphql']) {
      expect(gateway.output()).toContain(`exported elsewhere: ${name}\n`);
    }
    expect(collector.spans).toEqual([]);
  });
});
