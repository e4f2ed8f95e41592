import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { type Gateway, startGateway, stopGateways } from '../support/gateway/gateway.ts';
import { taskInput, WATCH_TASK } from '../support/gateway/stories.ts';
import { freePort } from '../support/processes/free-port.ts';
import { until } from '../support/processes/until.ts';
import { buy, type Outcome, resultOf, submit } from '../support/purchases/buying.ts';

/**
 * What a caller of the gateway sees of the cards on which AKOOL answers in other ways than it documents. All stories run on one
 * gateway at once.
 */

const WATCH_ANALYSIS =
  'subscription($id: ID!) { analysisStatusChanged(id: $id) { status persons { objId } failure { reason } } }';

let sandbox: Sandbox;
let gateway: Gateway;
/** The bodies of all creates that the sandbox got. */
const creates: string[] = [];

beforeAll(async () => {
  const port = await freePort();
  sandbox = await startSandbox({
    analysisMs: 150,
    taskMs: 400,
    callbackRetryMs: 100,
    onRequest: ({ target, body }) => {
      if (target.endsWith('/task/create')) creates.push(body);
    },
  });
  gateway = await startGateway({
    env: {
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      AKOOL_BASE_URL: sandbox.url,
      AKOOL_API_KEY: sandbox.apiKey,
      AKOOL_CLIENT_ID: sandbox.clientId,
      POLL_MIN_MS: '30',
      POLL_MAX_MS: '100',
      POLL_BUDGET_PER_SECOND: '1000',
    },
  });
});

afterAll(async () => {
  await sandbox.close();
  await stopGateways();
});

/** The creates that were sent for a video of these cards. */
const createsOf = (cards: string) =>
  creates.filter((body) => body.includes(`/${cards}.mp4`)).length;

/** The last state of an analysis of these cards. */
async function analyzed(cards: string) {
  const submitted = await submit(gateway, { videoUrl: `https://example.com/${cards}.mp4` });
  const { id = '' } = submitted;
  const watching = gateway.watch(WATCH_ANALYSIS, { id });
  await watching.done;
  return { id, state: watching.events.at(-1)?.data.analysisStatusChanged };
}

/** What a create on these cards brings; the analysis completes. */
async function created(cards: string) {
  const { id } = await analyzed(cards);
  const input = taskInput(id);
  return { input, outcome: await buy(gateway, input) };
}

/** The last state of the task that a create brought. */
async function ended({ id = '' }: Outcome) {
  const watching = gateway.watch(WATCH_TASK, { id });
  await watching.done;
  return watching.events.at(-1)?.data.headSwapTaskStatusChanged;
}

/** The rows of the table of results: what a client sees, of what, by which card. */
const RESULTS = readFileSync(new URL('../../docs/sandbox.md', import.meta.url), 'utf8')
  .replace(/^.*^## To see each answer/ms, '')
  .replace(/^## .*/ms, '')
  .split('\n')
  .map((line) => /^\| `(\w+)`[^|]*\| `?([^|`]*?)`? *\| `([\w-]+)`/.exec(line) ?? [])
  .map(([, result = '', of = '', card = '']) => ({ result, of, card }))
  .filter(({ card }) => card !== '');

describe.concurrent('the table of results in docs/sandbox.md', () => {
  it('names every result that a card can bring', () => {
    expect(new Set(RESULTS.map(({ result }) => result))).toEqual(
      new Set([
        'COMPLETED',
        'FAILED',
        'PROCESSING',
        'AkoolRejectedError',
        'AnalysisNotReadyError',
        'BillingError',
        'AkoolUnavailableError',
        'OutcomeUnknownError',
      ]),
    );
  });

  it.each(RESULTS)('is right: $result of $of with $card', async ({ result, of, card }) => {
    expect(await seen(result, of, card)).toBe(result);
  });
});

/** What a client sees; a job is watched until it shows `result`, in vain if it never does. */
async function seen(result: string, of: string, card: string): Promise<string> {
  // A host of its own keeps these apart from the other stories.
  const submitted = await submit(gateway, { videoUrl: `https://results.example/${card}.mp4` });
  const { id = '', __typename: submittedAs } = submitted;
  if (of === 'submitAnalysis') return submittedAs;
  if (of === 'an analysis') return shown(WATCH_ANALYSIS, id, result);
  if (!card.startsWith('analysis-')) await shown(WATCH_ANALYSIS, id, 'COMPLETED');
  const outcome = await buy(gateway, taskInput(id));
  return of === 'a task' ? shown(WATCH_TASK, outcome.id ?? '', result) : outcome.__typename;
}

async function shown(subscription: string, id: string, status: string): Promise<string> {
  const watching = gateway.watch(subscription, { id });
  const last = () => Object.values(watching.events.at(-1)?.data ?? {})[0] as { status?: string };
  await until(() => last()?.status === status);
  watching.stop();
  return status;
}

describe.concurrent('a job that AKOOL completes', () => {
  it.each([
    'numbers-as-strings',
    'obj-ids-as-strings',
    'iso-time',
    'unknown-length',
    'twelve-seconds',
    'still-initialising',
    'not-found-yet',
    'empty-data',
    'html-error',
    'early-url',
    'output-blanks',
    'output-m4v',
    'queued-webhook',
    'string-status-webhook',
    'untyped-webhook',
    'bare-webhook',
  ])('is COMPLETED, with its persons and an output URL that resolves: %s', async (card) => {
    const { id, state } = await analyzed(`two-people-${card}`);
    expect(state).toMatchObject({ status: 'COMPLETED', persons: [{ objId: 0 }, { objId: 1 }] });
    const end = await ended(await buy(gateway, taskInput(id)));
    expect(end).toMatchObject({ status: 'COMPLETED', failure: null });
    expect((await fetch(end.outputUrl)).status).toBe(200);
    const callbacks = () => sandbox.stats().tasks.find((task) => task.id === end.id)?.callbacks;
    await until(() => callbacks()?.length === 1);
    expect(callbacks()).toEqual([{ attempts: 1, state: 'delivered' }]);
  });
});

describe.concurrent('a job that AKOOL fails', () => {
  it.each([
    'reason-in-alg-msg',
    'reason-in-error-msg',
    'reason-in-error-message',
    'reason-in-fail-reason',
  ])('is FAILED with AKOOL’s reason, whatever field has it: %s', async (card) => {
    const { outcome } = await created(`task-${card}`);
    expect(await ended(outcome)).toMatchObject({
      status: 'FAILED',
      failure: { reason: 'generate temp file error' },
      outputUrl: null,
    });
    expect((await analyzed(`analysis-${card}`)).state).toMatchObject({
      status: 'FAILED',
      failure: { reason: 'generate temp file error' },
    });
  });
});

describe.concurrent('a submission that AKOOL refuses', () => {
  it('unreachable: says that AKOOL must be able to fetch both URLs, and the key is unused', async () => {
    const refused = await submit(gateway, { videoUrl: 'https://example.com/unreachable.mp4' });
    expect(refused).toMatchObject({ __typename: 'AkoolRejectedError' });
    expect(refused.message).toMatch(/URL/);
    const { input, outcome } = await created('task-unreachable');
    expect(outcome).toMatchObject({ __typename: 'AkoolRejectedError' });
    expect(await resultOf(gateway, input.idempotencyKey)).toBeNull();
  });

  it('submit-html-forbidden: is not AKOOL’s answer, and the key is unused', async () => {
    const { input, outcome } = await created('submit-html-forbidden');
    expect(outcome).toMatchObject({ __typename: 'AkoolRejectedError' });
    expect(await resultOf(gateway, input.idempotencyKey)).toBeNull();
  });

  it('submit-html-error: may have been accepted, so nothing is sent again', async () => {
    const { input, outcome } = await created('submit-html-error');
    expect(outcome).toMatchObject({ __typename: 'OutcomeUnknownError' });
    expect(await buy(gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
    expect(createsOf('submit-html-error')).toBe(1);
  });

  it('html-answer: was accepted, and the callback settles it', async () => {
    const { input, outcome } = await created('html-answer');
    expect(['OutcomeUnknownError', 'HeadSwapTask']).toContain(outcome.__typename);
    await until(async () => {
      const result = await resultOf(gateway, input.idempotencyKey);
      return result?.__typename === 'HeadSwapTask';
    });
    const task = sandbox
      .stats()
      .tasks.find(({ videoUrl }) => videoUrl.endsWith('/html-answer.mp4'));
    expect(await buy(gateway, input)).toMatchObject({ id: task?.id });
    expect(createsOf('html-answer')).toBe(1);
  });
});

describe.concurrent('a job whose end AKOOL does not tell in a way that can be read', () => {
  it.each(['garbled-person', 'ends-unknown', 'never-ends'])(
    'stays PROCESSING and is asked for again: %s',
    async (card) => {
      const { id = '' } = await submit(gateway, {
        videoUrl: `https://example.com/two-people-${card}.mp4`,
      });
      const reads = () => sandbox.stats().analyses.find((job) => job.id === id)?.reads ?? 0;
      // A job made later has come to its end by then.
      expect((await analyzed('slow')).state).toMatchObject({ status: 'COMPLETED' });
      const before = reads();
      await until(() => reads() > before + 1);
      const { data } = await gateway.ask('query($id: ID!) { analysis(id: $id) { status } }', {
        id,
      });
      expect(data.analysis).toEqual({ status: 'PROCESSING' });
    },
  );
});
