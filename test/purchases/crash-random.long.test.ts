import { expect, it } from 'vitest';
import {
  buy,
  createsOf,
  keyOf,
  orderOf,
  readyAnalysis,
  resultOf,
  VIDEO,
} from '../support/purchases/buying.ts';
import { spawnGateway, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import { envFor } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { useProcesses } from '../support/processes/use-processes.ts';
import { ring, tokenOf, WEBHOOK_ENV } from '../support/akool/webhooks.ts';

/** kill -9 at random moments while keys are bought and asked for again and again. `KILLS` in the environment: how often. */

const KILLS = Number(process.env['KILLS'] ?? 8);
const KEYS_PER_LIFE = 6;

const given = useProcesses();

it(
  `AKOOL never gets a second create that it may have accepted, in ${KILLS} kills`,
  async () => {
    let taken = 0;
    /** What AKOOL did with the creates of each key, in order. */
    const fates = new Map<string, string[]>();
    /** AKOOL's ids by key, for what it accepted. */
    const made = new Map<string, string>();
    given.upstream.always('createTask', (exchange) => {
      const key = keyOf(exchange.request);
      taken += 1;
      const turn = taken % 5;
      fates.set(key, [...(fates.get(key) ?? []), turn === 0 ? 'refused' : 'accepted']);
      if (turn === 0) {
        scripted.code(1104)(exchange);
        return;
      }
      const id = taken.toString(16).padStart(24, '0');
      made.set(key, id);
      given.upstream.setTask(id, { status: 2, source_video_url: VIDEO });
      if (turn === 1) scripted.resetAfterReading(exchange);
      else setTimeout(() => scripted.success({ _id: id, status: 1 })(exchange), 15 * turn);
    });

    const env = { ...envFor(given.upstream), ...WEBHOOK_ENV };
    let gateway: GatewayProcess = await spawnGateway(given.folder, env);
    const analysis = await readyAnalysis(gateway, given.upstream);
    const problems: string[] = [];
    const told = new Map<string, string>();
    const ask = async (key: string): Promise<void> => {
      const outcome = await buy(gateway, orderOf(key, analysis)).catch(() => null);
      if (outcome === null) return;
      const before = told.get(key);
      if (before !== undefined && outcome.id !== before) {
        problems.push(`${key} was ${before} and is ${JSON.stringify(outcome)}`);
      }
      if (outcome.id !== undefined) told.set(key, outcome.id);
    };

    const keys: string[] = [];
    for (let life = 0; life < KILLS; life += 1) {
      if (life > 0) gateway = await spawnGateway(given.folder, env);
      const fresh = Array.from({ length: KEYS_PER_LIFE }, (_, number) => `key-${life}-${number}`);
      keys.push(...fresh);
      const asking = Promise.all([...fresh, ...fresh, ...keys].map(ask));
      const more = Math.floor(Math.random() * KEYS_PER_LIFE);
      await given.upstream.received('createTask', taken + more);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      await gateway.end('SIGKILL');
      await asking;
    }

    gateway = await spawnGateway(given.folder, env);
    const results = await Promise.all(keys.map((key) => resultOf(gateway, key)));
    for (const [index, key] of keys.entries()) {
      const result = results[index];
      const { __typename = 'unused', id } = result ?? {};
      const isRight = {
        unused: !made.has(key),
        HeadSwapTask: made.get(key) === id,
        OutcomeUnknownError: true,
      }[__typename];
      if (isRight !== true)
        problems.push(`${key} is ${__typename}, but AKOOL has ${made.get(key)}`);
    }
    expect(results.filter((result) => result?.__typename === 'OutcomeUnknownError')).not.toEqual(
      [],
    );

    // AKOOL calls back for everything that it made, and every key finds its task.
    for (const [key, id] of made) {
      await ring(gateway, tokenOf(createsOf(given.upstream, key).at(-1)), { _id: id, status: 2 });
    }
    for (const [key, id] of made) {
      await until(async () => (await resultOf(gateway, key))?.id === id);
    }
    await Promise.all([...made.keys()].map(ask));
    const twice = [...fates].filter(([, fate]) => fate.slice(0, -1).includes('accepted'));
    expect([problems, twice]).toEqual([[], []]);
    expect(made.size).toBeGreaterThan(KILLS);
  },
  Math.max(180_000, KILLS * 15_000),
);
