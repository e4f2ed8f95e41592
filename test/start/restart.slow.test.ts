import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import {
  killGateways,
  spawnGateway,
  type GatewayProcess,
} from '../support/gateway/gateway-process.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { envFor, finishTask, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

/** The gateway as operators run it, from `dist`. */
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let upstream: ScriptedUpstream | null = null;

afterEach(async () => {
  await killGateways();
  await upstream?.stop();
  upstream = null;
  removeFolders();
});

const start = (folder: string, env: Record<string, string> = {}): Promise<GatewayProcess> =>
  spawnGateway(folder, env, [MAIN]);

const CREATE =
  'mutation($input: CreateHeadSwapTaskInput!) { createHeadSwapTask(input: $input) { __typename ... on HeadSwapTask { id } ... on Error { message } } }';
const LIST =
  '{ headSwapTasks(first: 100) { edges { node { id status outputUrl analysis { id } mappings { faceUrl person { objId } } } } } }';

async function readyAnalysis(gateway: GatewayProcess, akool: ScriptedUpstream): Promise<string> {
  const { data } = await gateway.ask(
    'mutation { submitAnalysis(input: { videoUrl: "https://example.com/v.mp4" }) { ... on Analysis { id } } }',
  );
  const { id } = data.submitAnalysis;
  akool.setAnalysis(id, { status: 3, analysis_result: { media: [{ obj_id: 0, img_url: null }] } });
  await until(async () => {
    const answer = await gateway.ask(`{ analysis(id: "${id}") { status } }`);
    return answer.data.analysis.status === 'COMPLETED';
  });
  return id;
}

it('after kill -9, twenty unfinished tasks all reach their end and are listed with their mappings', async () => {
  upstream = await startScriptedUpstream();
  const akool = upstream;
  const folder = newFolder();
  const first = await start(folder, envFor(akool));
  const analysis = await readyAnalysis(first, akool);
  const created = await Promise.all(
    Array.from({ length: 20 }, () => first.ask(CREATE, { input: taskInput(analysis) })),
  );
  const ids = created.map(({ data }) => data.createHeadSwapTask.id).sort();
  expect(new Set(ids).size).toBe(20);
  await first.end('SIGKILL');
  for (const id of ids) finishTask(akool, id);

  const second = await start(folder, envFor(akool));
  await until(async () => {
    const { data } = await second.ask(LIST);
    return data.headSwapTasks.edges.every(({ node }: Edge) => node.status === 'COMPLETED');
  });
  const { data } = await second.ask(LIST);
  const nodes = data.headSwapTasks.edges.map(({ node }: Edge) => node);
  expect(nodes.map(({ id }: Edge['node']) => id).sort()).toEqual(ids);
  for (const node of nodes) {
    expect(node).toMatchObject({
      outputUrl: 'https://example.com/output/result.mp4',
      analysis: { id: analysis },
      mappings: [{ faceUrl: 'https://example.com/faces/face.png', person: { objId: 0 } }],
    });
  }
  expect(akool.requestsTo('createTask').length).toBe(20);
});

it('on the sandbox, a story goes on after kill -9', async () => {
  const folder = newFolder();
  const first = await start(folder);
  const { data } = await first.ask(
    'mutation { submitAnalysis(input: { videoUrl: "https://example.com/two-people.mp4" }) { ... on Analysis { id } } }',
  );
  await first.end('SIGKILL');
  const second = await start(folder);
  const { id } = data.submitAnalysis;
  await until(async () => {
    const answer = await second.ask(`{ analysis(id: "${id}") { status persons { objId } } }`);
    return answer.data.analysis.status === 'COMPLETED';
  });
  const answer = await second.ask(`{ analysis(id: "${id}") { persons { objId } } }`);
  expect(answer.data.analysis.persons).toEqual([{ objId: 0 }, { objId: 1 }]);
});

it('SIGTERM ends it with 0', async () => {
  const gateway = await start(newFolder());
  expect(await gateway.end('SIGTERM')).toBe(0);
});

it('a second process on the same database is refused, and told why', async () => {
  const folder = newFolder();
  await start(folder);
  await expect(start(folder)).rejects.toThrow(/another process/i);
});

it('tells every mistake in its configuration at once, without secrets', async () => {
  const started = start(newFolder(), {
    PORT: 'many',
    POLL_MIN_MS: '-1',
    AKOOL_API_KEY: 'a secret key',
  });
  await expect(started).rejects.toThrow(/3 mistakes[^]*PORT="many"[^]*POLL_MIN_MS="-1"/);
  await expect(started).rejects.not.toThrow(/a secret key/);
});

interface Edge {
  readonly node: { readonly id: string; readonly status: string };
}
