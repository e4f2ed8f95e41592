import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buy, CREATE, newKey, readyAnalysis, type Askable } from '../support/purchases/buying.ts';
import { member, openSocket, startFleet, type Fleet } from '../support/fleet/fleet.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { killGateways } from '../support/gateway/gateway-process.ts';
import { startNginx } from '../support/proxies/nginx.ts';
import type { Proxy } from '../support/proxies/proxy.ts';
import { startPostgres, type PostgresServer } from '../support/postgres/postgres.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { finishTask, taskInput, WATCH_TASK } from '../support/gateway/stories.ts';
import { isMissing } from '../support/processes/system-server.ts';
import { until } from '../support/processes/until.ts';
import { ring, tokenOf, WEBHOOK_ENV } from '../support/akool/webhooks.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** nginx comes with the machine or not at all. */
describe.skipIf(isMissing('nginx'))('three instances behind nginx', () => {
  let server: PostgresServer;
  let upstream: ScriptedUpstream;
  let fleet: Fleet;
  let nginx: Proxy;
  let balanced: Askable;

  beforeAll(async () => {
    [server, upstream] = await Promise.all([startPostgres(), startScriptedUpstream()]);
    const env = { ...WEBHOOK_ENV, POLL_MIN_MS: '60000', POLL_MAX_MS: '60000' };
    fleet = await startFleet(await server.newDatabase(), upstream, 3, env);
    nginx = await startNginx(fleet.gateways);
    balanced = { ask: async (query, variables) => (await post(query, variables)).json() };
  });
  afterAll(async () => {
    await nginx.stop();
    await killGateways();
    await Promise.all([upstream.stop(), server.stop()]);
    removeFolders();
  });

  const post = (query: string, variables = {}, headers = {}): Promise<Response> =>
    fetch(`${nginx.url}/graphql`, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify({ query, variables }),
    });

  it('the whole story: bought, watched over both transports, ended by a webhook', async () => {
    const bought = await buy(balanced, taskInput(await readyAnalysis(balanced, upstream)));
    const id = bought.id ?? '';
    // One for each instance: connections go round.
    const sockets = [1, 2, 3].map(() => openSocket(nginx).watch(id));
    const streams = [1, 2, 3].map(() => watchStream(nginx, id));
    // Before the end: nothing holds events back.
    await until(() => sockets.every(({ states }) => states.length > 0));
    await until(() => streams.every(({ states }) => states.length > 0));
    finishTask(upstream, id);
    const [create] = upstream.requestsTo('createTask').slice(-1);
    await ring(nginx, tokenOf(create), { _id: id, status: 3 });
    await until(() => sockets.every((watcher) => watcher.isDone()));
    await until(() => streams.every((watcher) => watcher.isDone()));
    for (const { states } of sockets) expect(states.at(-1)?.status).toBe('COMPLETED');
    for (const { states } of streams) expect(states.at(-1)).toBe('COMPLETED');
  });

  it('an instance that goes away under load costs nobody a purchase, nor a second one', async () => {
    const analysis = await readyAnalysis(balanced, upstream);
    const before = upstream.requestsTo('createTask').length;
    const leaving = member(fleet, 2).end('SIGTERM');
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, () => buyUntilAnswered(taskInput(analysis, newKey()))),
    );
    expect(await leaving).toBe(0);
    expect(new Set(outcomes).size).toBe(40);
    expect(upstream.requestsTo('createTask')).toHaveLength(before + 40);
    // It is passed over from now on: nothing can be sent to it.
    for (let count = 0; count < 30; count += 1) {
      expect((await post('{ __typename }')).status).toBe(200);
    }
  });

  /** As clients do: the same key until there is an answer. */
  async function buyUntilAnswered(input: object): Promise<string> {
    let id = '';
    await until(async () => {
      const answer = await post(CREATE, { input });
      if (answer.status !== 200) return false;
      ({ id } = (await answer.json()).data.createHeadSwapTask);
      return true;
    });
    return id;
  }
});

/** A GraphQL over SSE client's view of a task. */
function watchStream({ url }: { readonly url: string }, id: string) {
  const states: string[] = [];
  let done = false;
  const client = createClient({ url: `${url}/graphql`, retryAttempts: 0 });
  client.subscribe<{ headSwapTaskStatusChanged: { status: string } }>(
    { query: WATCH_TASK, variables: { id } },
    {
      next: ({ data }) => void states.push(data?.headSwapTaskStatusChanged.status ?? ''),
      error: () => undefined,
      complete: () => {
        done = true;
      },
    },
  );
  return { states, isDone: () => done };
}
