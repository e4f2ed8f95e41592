import { describe, expect, it } from 'vitest';
import { runStandstill } from '../endurance/standstill.ts';
import { buy, readyAnalysis, resultOf } from '../support/purchases/buying.ts';
import { openSocket, type Watcher } from '../support/fleet/fleet.ts';
import { spawnGateway, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import { API_KEY, envFor, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { useProcesses } from '../support/processes/use-processes.ts';

/** Signals that come amid everything. */

const CREATES = 20;

const given = useProcesses();

/** A gateway under load, whose AKOOL takes creates and reads and never answers them. */
async function underLoad(env: Record<string, string>) {
  const gateway = await spawnGateway(given.folder, { ...envFor(given.upstream), ...env });
  const analysis = await readyAnalysis(gateway, given.upstream);
  const socket = openSocket(gateway);
  const known = await buy(gateway, taskInput(analysis));
  const watchers = Array.from({ length: 30 }, () => socket.watch(String(known.id)));
  await until(() => watchers.every(({ states }) => states.length > 0));
  for (const endpoint of ['createTask', 'task', 'analysis'] as const) {
    given.upstream.always(endpoint, scripted.hang);
  }
  const before = given.upstream.requestsTo('createTask').length;
  const inputs = Array.from({ length: CREATES }, () => taskInput(analysis));
  const asked = inputs.map((input) => buy(gateway, input).catch(() => null));
  await given.upstream.received('createTask', before + CREATES);
  let answered = 0;
  let isOver = false;
  const query = '{ headSwapTasks(first: 20) { edges { node { id status } } } }';
  const load = async (): Promise<void> => {
    while (!isOver) {
      const { errors } = await gateway.ask(query).catch(() => ({ errors: ['gone'] }));
      isOver ||= errors !== undefined;
      answered += 1;
    }
  };
  const loads = Array.from({ length: 5 }, load);
  await until(() => answered > 20);
  return { gateway, watchers, inputs, asked, before, ended: () => Promise.all(loads) };
}

/** The next process holds every key, and sends nothing for any of them. */
async function expectAllHeld(
  inputs: readonly ReturnType<typeof taskInput>[],
  before: number,
): Promise<void> {
  const next = await spawnGateway(given.folder, envFor(given.upstream));
  for (const input of inputs) {
    const { __typename } = (await resultOf(next, input.idempotencyKey)) ?? {};
    expect(__typename).toBe('OutcomeUnknownError');
    expect((await buy(next, input)).__typename).toBe('OutcomeUnknownError');
  }
  expect(given.upstream.requestsTo('createTask').length).toBe(before + CREATES);
}

const closedWith = (watchers: readonly Watcher[]): unknown[] => [
  ...new Set(watchers.map((watcher) => (watcher.isDone() ? 'done' : watcher.closeCode()))),
];

describe('SIGTERM under load, while AKOOL hangs', () => {
  it('is waited for so long and no longer: sockets go with 1001, callers are answered, the exit is 0', async () => {
    const story = await underLoad({ UPSTREAM_TIMEOUT_MS: '1000' });
    const begunAt = performance.now();
    expect(await story.gateway.end('SIGTERM')).toBe(0);
    // 10 s for requests and 12 s for creates at most; without an end to it, it would be 120 s.
    expect(performance.now() - begunAt).toBeLessThan(60_000);
    await story.ended();
    expect(closedWith(story.watchers)).toEqual([1001]);
    for (const outcome of await Promise.all(story.asked)) {
      expect(outcome?.__typename).toBe('OutcomeUnknownError');
    }
    expect(given.upstream.requestsTo('createTask').length).toBe(story.before + CREATES);
    expect(story.gateway.output()).not.toContain(API_KEY);
  });

  it('twice ends it at once with 1, and keys are held', async () => {
    const { gateway, inputs, asked, before, ended } = await underLoad({
      UPSTREAM_TIMEOUT_MS: '60000',
    });
    process.kill(gateway.pid, 'SIGTERM');
    await until(() => gateway.output().includes('Stopping'));
    // Requests alone would be given 10 s, and then creates 15.
    expect(await exitWithin(gateway, 'SIGTERM', 10_000)).toBe(1);
    await ended();
    expect(new Set(await Promise.all(asked))).toEqual(new Set([null]));
    await expectAllHeld(inputs, before);
  });
});

/** The exit code after the signal; throws when it takes longer. */
async function exitWithin(
  gateway: GatewayProcess,
  signal: NodeJS.Signals,
  milliseconds: number,
): Promise<number | null> {
  const askedAt = performance.now();
  // One that comes within 2 s is taken for the echo of the first.
  const ask = setInterval(() => process.kill(gateway.pid, signal), 500);
  void gateway.gone.then(() => clearInterval(ask));
  const code = await gateway.end(signal);
  const tookMs = performance.now() - askedAt;
  if (tookMs > milliseconds) throw new Error(`It took ${tookMs} ms`);
  return code;
}

describe('a gateway that stands still', () => {
  it('goes on where it was: its sockets live, all are told the end once, and a create under way is not lost', async () => {
    const report = await runStandstill(3_000);
    expect(report.closeCode).toBeNull();
    for (const end of report.ends) expect(end).toEqual({ times: 1, isDone: true });
    expect(report.caughtUpMs).toBeLessThan(20_000);
    expect(report.readsOfOne).toBeLessThanOrEqual(3);
    expect(['HeadSwapTask', 'OutcomeUnknownError']).toContain(report.told.__typename);
    expect(report.afterwards).toMatchObject({ __typename: 'HeadSwapTask', id: report.created });
    expect(report.creates).toBe(1);
    expect(report.output).not.toContain(API_KEY);
  });
});
