import { setTimeout as pause } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { analyse, ask, type Callers } from './callers.ts';
import { faceOf } from './ledger.ts';

/** The gateway remembers this many jobs, and so many documents, at most: the longest of its lists. */
const JOBS = 10_500;
const DOCUMENTS = 1_100;

const AT_ONCE = 12;
const ENDED_WITHIN_MS = 180_000;

const CREATE = `mutation($input: CreateHeadSwapTaskInput!) {
  createHeadSwapTask(input: $input) { __typename ... on HeadSwapTask { id } ... on Error { message } } }`;
const UNFINISHED =
  '{ headSwapTasks(first: 1, status: [QUEUED, PROCESSING]) { edges { node { id } } } }';
const READY = 'query($id: ID!) { analysis(id: $id) { status } }';

/**
 * Fills what the gateway keeps a bounded number of, so that what grows afterwards grows without a bound: as many finished jobs, each with
 * its webhook, and as many documents as it remembers. `share`: of all that, for a short run.
 */
export async function fillMemories(callers: Callers, share: number): Promise<void> {
  const analysis = await analyse(callers, `https://example.com/soak/fill-${Date.now()}/video.mp4`);
  while (Object((await ask(callers, READY, { id: analysis }))['analysis']).status !== 'COMPLETED') {
    await pause(200);
  }
  await inTurn(Math.ceil(DOCUMENTS * share), (count) =>
    ask(callers, `{ fill_${count}: __typename }`),
  );
  await inTurn(Math.ceil(JOBS * share), async () => {
    const key = randomUUID();
    // A task that fails leaves no file to be copied.
    const mappings = [{ objId: 0, faceUrl: faceOf(key, 'task-fails') }];
    const input = { idempotencyKey: key, analysisId: analysis, mappings };
    const { __typename, message } = Object(
      (await ask(callers, CREATE, { input }))['createHeadSwapTask'],
    );
    if (__typename !== 'HeadSwapTask') throw new Error(`${__typename}: ${message}`);
    callers.ledger.creates += 1;
    callers.ledger.jobs += 1;
  });
  const until = performance.now() + ENDED_WITHIN_MS;
  while (performance.now() < until) {
    const { edges } = Object((await ask(callers, UNFINISHED))['headSwapTasks']);
    if (edges.length === 0) return;
    await pause(500);
  }
  throw new Error('The tasks of the warm-up do not end.');
}

/** So many times, a few at once. */
async function inTurn(times: number, work: (count: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < times) {
      next += 1;
      await work(next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
