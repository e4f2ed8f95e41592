import { expect, it } from 'vitest';
import {
  buy,
  CREATE,
  createsOf,
  orderOf,
  readyAnalysis,
  resultOf,
  type Outcome,
} from '../support/purchases/buying.ts';
import { spawnGateway } from '../support/gateway/gateway-process.ts';
import { API_KEY, envFor } from '../support/gateway/stories.ts';
import { useProcesses } from '../support/processes/use-processes.ts';

/** The disk takes no more in the middle of many creates. */

const given = useProcesses();

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
/** The shell sets the largest size of a file, in blocks, and becomes the gateway. */
const CRAMPED = ['sh', '-c', 'ulimit -f 1500; exec "$0" "$@"'];

it('nothing is bought that cannot be recorded, what is known is told, and all goes on when there is room again', async () => {
  const cramped = await spawnGateway(given.folder, envFor(given.upstream), [MAIN], CRAMPED);
  const analysis = await readyAnalysis(cramped, given.upstream);
  const creates = (key: string): number => createsOf(given.upstream, key).length;

  const keys: string[] = [];
  const told = new Map<string, Outcome | string>();
  let refusals = 0;
  while (refusals < 20) {
    const fresh = Array.from({ length: 5 }, (_, number) => `key-${keys.length + number}`);
    keys.push(...fresh);
    await Promise.all(
      fresh.map(async (key) => {
        const { data, errors } = await cramped.ask(CREATE, { input: orderOf(key, analysis) });
        told.set(key, errors === undefined ? data.createHeadSwapTask : errors[0].extensions.code);
        if (errors !== undefined) refusals += 1;
      }),
    );
  }
  const bought = keys.filter((key) => creates(key) > 0);
  expect(bought.length).toBeGreaterThan(0);
  expect(bought.length).toBeLessThan(keys.length);
  const allowed = new Set(['UNAVAILABLE', 'HeadSwapTask', 'OutcomeUnknownError']);
  const kinds = keys.map((key) => kindOf(told.get(key)));
  expect(kinds.filter((kind) => !allowed.has(kind))).toEqual([]);
  // Full as it is, it lives and tells what it knows.
  expect((await fetch(`${cramped.url}/health`)).status).toBe(200);
  const known = await cramped.ask('{ headSwapTasks(first: 1) { edges { node { id } } } }');
  expect(known.data.headSwapTasks.edges).toHaveLength(1);
  expect(cramped.output()).not.toContain(API_KEY);
  await cramped.end('SIGKILL');

  const roomy = await spawnGateway(given.folder, envFor(given.upstream));
  for (const key of keys) {
    const result = await resultOf(roomy, key);
    const { __typename = 'unused', id } = result ?? {};
    // AKOOL has it: the key is used or held. AKOOL never heard of it: the key is free, or held where nobody could tell.
    const right =
      creates(key) > 0
        ? ['HeadSwapTask', 'OutcomeUnknownError']
        : ['unused', 'OutcomeUnknownError'];
    expect([key, ...right]).toContain(__typename);
    const before = told.get(key);
    expect(typeof before === 'object' && before.id !== undefined ? before.id : id).toBe(id);
  }
  await Promise.all(keys.map((key) => buy(roomy, orderOf(key, analysis))));
  expect(keys.filter((key) => creates(key) > 1)).toEqual([]);
  expect(given.upstream.requestsTo('createTask').length).toBeLessThanOrEqual(keys.length);
});

function kindOf(told: Outcome | string | undefined): string {
  return typeof told === 'object' ? told.__typename : String(told);
}
