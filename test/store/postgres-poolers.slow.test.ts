import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buy, newKey, readyAnalysis } from '../support/purchases/buying.ts';
import { member, openSocket, startFleet } from '../support/fleet/fleet.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { killGateways, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import { startPgbouncer, type Pooler } from '../support/postgres/pgbouncer.ts';
import { startPgpool } from '../support/postgres/pgpool.ts';
import { startPostgres, type PostgresServer } from '../support/postgres/postgres.ts';
import { runSql } from '../support/postgres/postgres-store.ts';
import { startPulse } from '../support/processes/pulse.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { finishTask, taskInput } from '../support/gateway/stories.ts';
import { isMissing } from '../support/processes/system-server.ts';
import { until } from '../support/processes/until.ts';
import { ring, tokenOf, WEBHOOK_ENV } from '../support/akool/webhooks.ts';

describe('behind a pooler', () => {
  let server: PostgresServer;
  let upstream: ScriptedUpstream;
  let pooler: Pooler;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  afterEach(async () => {
    await killGateways();
    await pooler.stop();
    await upstream.stop();
    removeFolders();
  });

  /** pgbouncer as it comes but for its size. */
  const pgbouncer = (mode: 'session' | 'transaction') => (url: string) =>
    startPgbouncer(url, mode, { default_pool_size: '30' });

  /** Two gateways that start at once on an empty database; events come by webhooks, never by polls. */
  async function pairBehind(start: (url: string) => Promise<Pooler>) {
    upstream = await startScriptedUpstream();
    const url = await server.newDatabase();
    pooler = await start(url);
    const env = { ...WEBHOOK_ENV, POLL_MIN_MS: '60000', POLL_MAX_MS: '60000' };
    const fleet = await startFleet(pooler.through(url), upstream, 2, env);
    return { url, a: member(fleet, 0), b: member(fleet, 1) };
  }

  /** Buys at both with one key, watches at the second, and lets the webhook come to the first; how long the end took in ms. */
  async function story(a: GatewayProcess, b: GatewayProcess) {
    const input = taskInput(await readyAnalysis(a, upstream), newKey());
    const [one, other] = await Promise.all([buy(a, input), buy(b, input)]);
    expect(one).toEqual(other);
    expect(upstream.requestsTo('createTask')).toHaveLength(1);
    const id = one.id ?? '';
    const watcher = openSocket(b).watch(id);
    await until(() => watcher.states.length > 0);
    finishTask(upstream, id);
    const pulse = startPulse([a, b]);
    const rungAt = Date.now();
    await ring(a, tokenOf(upstream.requestsTo('createTask')[0]), { _id: id, status: 3 });
    await until(() => watcher.isDone());
    await pulse.stop();
    const last = watcher.states.at(-1);
    expect(last?.status).toBe('COMPLETED');
    return { took: (last?.at ?? Infinity) - rungAt, pulse };
  }

  it.skipIf(isMissing('pgbouncer'))('pgbouncer in session mode changes nothing', async () => {
    const { a, b } = await pairBehind(pgbouncer('session'));
    await until(async () => (await readiness(a)) === '200' && (await readiness(b)) === '200');
    const { took, pulse } = await story(a, b);
    expect(took).toBeLessThan(pulse.allow(1000));
  });

  it.skipIf(isMissing('pgbouncer'))(
    'with pgbouncer in transaction mode events come by sweeps, and readiness says why',
    async () => {
      const { url, a, b } = await pairBehind(pgbouncer('transaction'));
      const { took, pulse } = await story(a, b);
      expect(took).toBeLessThan(pulse.allow(6000));
      for (const gateway of [a, b]) {
        await until(async () => gateway.output().includes('Wake-ups from other instances do not'));
        expect(await readiness(gateway)).toBe('200 wake-ups');
        // Once, though it goes on trying.
        expect(gateway.output().match(/Wake-ups from other instances do not/g)).toHaveLength(1);
      }
      // Every transaction bounds itself, and nothing of it is left for whom the pooler gives the connection to.
      const bounds = await runSql(pooler.through(url), 'show statement_timeout');
      expect(bounds).toEqual([{ statement_timeout: '0' }]);
    },
  );

  it.skipIf(isMissing('pgpool'))(
    'pgpool that keeps its only server changes nothing, not even after that was away',
    async () => {
      const { a, b } = await pairBehind((url) =>
        startPgpool(url, { backend_flag0: 'DISALLOW_TO_FAILOVER' }),
      );
      await server.kill();
      await until(async () => (await readiness(a)).startsWith('503'));
      await server.start();
      await until(async () => (await readiness(a)) === '200' && (await readiness(b)) === '200');
      const { took, pulse } = await story(a, b);
      expect(took).toBeLessThan(pulse.allow(1000));
    },
  );

  it.skipIf(isMissing('pgpool'))(
    'of pgpool that gave its only server up the log tells once, in its words',
    async () => {
      const { a } = await pairBehind((url) => startPgpool(url));
      await server.kill();
      const said = 'all backend nodes are down';
      await until(() => a.output().includes(said));
      await server.start();
      for (let count = 0; count < 10; count += 1) {
        const { errors } = await a.ask('{ analyses(first: 1) { edges { cursor } } }');
        expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
      }
      expect(a.output().split(said)).toHaveLength(2);
    },
  );
});

async function readiness({ url }: { readonly url: string }): Promise<string> {
  const response = await fetch(`${url}/ready`);
  const { degraded } = await response.json();
  return [response.status, ...degraded].join(' ');
}
