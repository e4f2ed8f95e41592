import { afterEach, beforeEach, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { buy, resultOf, submit } from '../support/purchases/buying.ts';
import { freePort } from '../support/processes/free-port.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { taskInput, WATCH_TASK } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

/** The whole story with the sandbox as AKOOL, whose webhooks reach the gateway at its PUBLIC_URL, card by card. */

const TASK_MS = 800;

let sandbox: Sandbox;
let gateway: Gateway;

beforeEach(async () => {
  const port = await freePort();
  sandbox = await startSandbox({
    analysisMs: 50,
    taskMs: TASK_MS,
    // Later than any webhook, however busy the machine is.
    lateAnswerMs: 60_000,
    callbackRetryMs: 100,
  });
  gateway = await startGateway({
    env: {
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      AKOOL_BASE_URL: sandbox.url,
      AKOOL_API_KEY: sandbox.apiKey,
      AKOOL_CLIENT_ID: sandbox.clientId,
      POLL_MIN_MS: '100',
      // What has a webhook and no watcher is polled no sooner than this.
      POLL_MAX_MS: '60000',
      UPSTREAM_TIMEOUT_MS: '30000',
    },
  });
});

afterEach(async () => {
  // First, since a gateway waits for the answers that are under way.
  await sandbox.close();
  await stopGateways();
});

/** Buys a task on these cards. */
async function start(cards: string) {
  const videoUrl = `https://example.com/${cards}.mp4`;
  const { id = '' } = await submit(gateway, { videoUrl });
  await gateway.watch('subscription($id: ID!) { analysisStatusChanged(id: $id) { id } }', { id })
    .done;
  const input = taskInput(id);
  return { input, outcome: await buy(gateway, input) };
}

/** The task's end, without anybody watching it and with polling out of reach: only webhooks can bring it. */
async function ended(id: string): Promise<void> {
  await until(async () => {
    const { data } = await gateway.ask('{ headSwapTasks { edges { node { id status } } } }');
    const nodes: { node: { id: string; status: string } }[] = data.headSwapTasks.edges;
    return nodes.some(({ node }) => node.id === id && /COMPLETED|FAILED/.test(node.status));
  });
}

it.each([
  ['one-person', 1],
  ['duplicate-webhook', 2],
  ['early-webhook', 2],
  ['underway-webhook', 2],
  ['reordered-webhook', 1],
  ['delayed-webhook', 1],
  ['lying-webhook', 2],
])('%s: its webhooks alone bring it to its end, with %i reads at most', async (cards, reads) => {
  const { outcome } = await start(cards);
  expect(outcome.__typename).toBe('HeadSwapTask');
  const id = String(outcome.id);
  await ended(id);
  const watching = gateway.watch(WATCH_TASK, { id });
  await watching.done;
  expect(watching.events.map(({ data }) => data.headSwapTaskStatusChanged.status)).toEqual([
    'COMPLETED',
  ]);
  const { tasks } = sandbox.stats();
  expect(tasks.map((task) => task.id)).toEqual([id]);
  expect(tasks[0]?.reads).toBeLessThanOrEqual(reads);
});

it('task-fails: its webhook alone brings it to its end', async () => {
  const { outcome } = await start('task-fails');
  await ended(String(outcome.id));
  const { data } = await gateway.ask('{ headSwapTasks { edges { node { status outputUrl } } } }');
  expect(data.headSwapTasks.edges).toEqual([{ node: { status: 'FAILED', outputUrl: null } }]);
});

it('lost-answer: the outcome is unknown until the webhook settles it', async () => {
  const { input, outcome } = await start('lost-answer');
  expect(outcome.__typename).toBe('OutcomeUnknownError');
  await until(async () => {
    const result = await resultOf(gateway, input.idempotencyKey);
    return result?.__typename === 'HeadSwapTask';
  });
  const { id } = await buy(gateway, input);
  await ended(String(id));
  expect(sandbox.stats().tasks.map((task) => task.id)).toEqual([id]);
});

it('late-answer: the webhook answers before AKOOL does', async () => {
  const { input, outcome } = await start('late-answer');
  // The task ends before the caller's wait does, and its webhook settles the create.
  expect(outcome.__typename).toBe('HeadSwapTask');
  expect(await buy(gateway, input)).toEqual(outcome);
});

it('lost-answer and lost-webhook: stays unknown, and nothing is sent again', async () => {
  const { input, outcome } = await start('lost-answer-lost-webhook');
  expect(outcome.__typename).toBe('OutcomeUnknownError');
  // Another task, made later, is ended by its webhook by then.
  const other = await start('one-person');
  await ended(String(other.outcome.id));
  expect(await buy(gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
  expect(sandbox.stats().tasks.length).toBe(2);
});
