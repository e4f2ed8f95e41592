import { setTimeout as pause } from 'node:timers/promises';
import { buy, readyAnalysis, type Outcome } from '../support/purchases/buying.ts';
import { openSocket, recordReads } from '../support/fleet/fleet.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import { startScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { envFor, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

/** What a gateway that stood still looked like from outside. */
export interface StandstillReport {
  /** How often each watcher was told the final state, and whether its stream completed. */
  readonly ends: readonly { readonly times: number; readonly isDone: boolean }[];
  /** Why the socket closed; null: it did not. */
  readonly closeCode: number | null;
  /** From its going on until every watcher was told the end, in ms. */
  readonly caughtUpMs: number;
  /** Most reads of one task between its going on and the end of all. */
  readonly readsOfOne: number;
  /** What the caller of a create that was under way was told, and what the key has afterwards. */
  readonly told: Outcome;
  readonly afterwards: Outcome;
  readonly creates: number;
  /** AKOOL's id of what was created meanwhile. */
  readonly created: string;
  readonly output: string;
}

const TASKS = 20;
const CREATED = '6a066dc58570ecbf64f7d001';

/** Stops a gateway process for so long amid watching, polling and a create, while every task ends; then lets it go on. */
export async function runStandstill(milliseconds: number): Promise<StandstillReport> {
  const upstream = await startScriptedUpstream();
  const gateway = await spawnGateway(newFolder(), envFor(upstream));
  const socket = openSocket(gateway);
  try {
    const analysis = await readyAnalysis(gateway, upstream);
    const bought = await Promise.all(
      Array.from({ length: TASKS }, () => buy(gateway, taskInput(analysis))),
    );
    const ids = bought.map(({ id }) => String(id));
    const read = recordReads(upstream);
    const watchers = ids.map((id) => socket.watch(id));
    await until(() => watchers.every(({ states }) => states.length > 0));
    const before = upstream.requestsTo('createTask').length;
    const [answer, letGo] = scripted.held(scripted.success({ _id: CREATED, status: 1 }));
    upstream.next('createTask', answer);
    const input = taskInput(analysis);
    const asked = buy(gateway, input);
    await upstream.received('createTask', before + 1);

    process.kill(gateway.pid, 'SIGSTOP');
    for (const id of ids) read.finish(id);
    letGo();
    await pause(milliseconds);
    const wentOnAt = Date.now();
    process.kill(gateway.pid, 'SIGCONT');

    await until(() =>
      watchers.every((watcher) => watcher.isDone() || watcher.closeCode() !== null),
    );
    const caughtUpMs = Date.now() - wentOnAt;
    const reads = read.reads.filter(({ at }) => at >= wentOnAt).map(({ id }) => id);
    const told = await asked;
    return {
      ends: watchers.map((watcher) => ({
        times: watcher.states.filter(({ status }) => status === 'COMPLETED').length,
        isDone: watcher.isDone(),
      })),
      closeCode: watchers[0]?.closeCode() ?? null,
      caughtUpMs,
      readsOfOne: Math.max(...ids.map((id) => reads.filter((other) => other === id).length)),
      told,
      afterwards: await buy(gateway, input),
      creates: upstream.requestsTo('createTask').length - before,
      created: CREATED,
      output: gateway.output(),
    };
  } finally {
    await socket.close();
    await killGateways();
    await upstream.stop();
    removeFolders();
  }
}
