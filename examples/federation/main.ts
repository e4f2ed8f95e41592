/**
 * The gateway as a subgraph, a shop's orders as another, and Hive Gateway in front of both: npm run example:federation. It runs on
 * the sandbox, prints what it reads, and exits with 1 when that is not what it should be.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { assertCompositionSuccess, composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { flagsOf } from '../../scripts/flags.ts';
import { startOwnGateway } from '../../src/cli/demo/own-gateway.ts';
import { ask, watch } from './ask.ts';
import { startHiveGateway } from './hive-gateway.ts';
import { ordersSdl, serveOrders } from './orders.ts';

const USAGE = `Usage: npm run example:federation   two subgraphs behind Hive Gateway, on the sandbox

  --help   prints this
`;

flagsOf(USAGE, () => parseArgs({ options: { help: { type: 'boolean' } } }));

const SUBMIT = `mutation ($videoUrl: HttpUrl!) {
  submitAnalysis(input: { videoUrl: $videoUrl }) { ... on Analysis { id } ... on Error { message } }
}`;
const CREATE = `mutation ($input: CreateHeadSwapTaskInput!) {
  createHeadSwapTask(input: $input) { ... on HeadSwapTask { id } ... on Error { message } }
}`;
const WATCH_ANALYSIS = `subscription ($id: ID!) {
  analysisStatusChanged(id: $id) { status progress version }
}`;
const WATCH_TASK = `subscription ($id: ID!) {
  headSwapTaskStatusChanged(id: $id) { status order { number customer } }
}`;
const ORDERS = `{ orders {
  number customer
  analysis { id status persons { objId } }
  task { id status outputUrl }
} }`;

const gateway = await startOwnGateway({ FEDERATION: 'on' });
const stops: (() => unknown)[] = [() => gateway.stop()];
try {
  await story();
  console.log('As it should be.');
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const stop of stops.reverse()) await stop();
}

async function story(): Promise<void> {
  const endpoint = `${gateway.url}/graphql`;
  const { submitAnalysis } = await ask<{ submitAnalysis: { id: string } }>(endpoint, SUBMIT, {
    videoUrl: gateway.video,
  });
  await watch(endpoint, WATCH_ANALYSIS, { id: submitAnalysis.id });
  const input = {
    idempotencyKey: 'order-1',
    analysisId: submitAnalysis.id,
    mappings: [{ objId: 0, faceUrl: gateway.face }],
  };
  const { createHeadSwapTask: task } = await ask<{ createHeadSwapTask: { id: string } }>(
    endpoint,
    CREATE,
    { input },
  );
  const orders = await serveOrders([
    { number: '1', customer: 'Ada', analysisId: submitAnalysis.id, taskId: task.id },
    { number: '2', customer: 'Bob', analysisId: submitAnalysis.id, taskId: null },
  ]);
  stops.push(orders.stop);

  const { _service } = await ask<{ _service: { sdl: string } }>(endpoint, '{ _service { sdl } }');
  const supergraph = composeServices([
    { name: 'head-swap', url: endpoint, typeDefs: parse(_service.sdl) },
    { name: 'orders', url: orders.url, typeDefs: parse(ordersSdl) },
  ]);
  assertCompositionSuccess(supergraph);
  const hive = await startHiveGateway(supergraph.supergraphSdl);
  stops.push(hive.stop);

  const events = await watch<{
    headSwapTaskStatusChanged: { status: string; order: object };
  }>(hive.url, WATCH_TASK, { id: task.id });
  for (const event of events) console.log(JSON.stringify(event));
  assert.deepEqual(events.at(-1)?.headSwapTaskStatusChanged, {
    status: 'COMPLETED',
    order: { number: '1', customer: 'Ada' },
  });

  const read = await ask<{
    orders: { analysis: unknown; task: { status: string; outputUrl: string } | null }[];
  }>(hive.url, ORDERS);
  console.log(JSON.stringify(read, null, 2));
  assert.deepEqual(read.orders[0]?.analysis, {
    id: submitAnalysis.id,
    status: 'COMPLETED',
    persons: [{ objId: 0 }, { objId: 1 }],
  });
  assert.equal(read.orders[0]?.task?.status, 'COMPLETED');
  assert.match(read.orders[0]?.task?.outputUrl ?? '', /^http.+\.mp4$/);
  assert.equal(read.orders[1]?.task, null);
}
