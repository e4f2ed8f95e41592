import { afterEach, beforeEach, expect, it } from 'vitest';
import { buy, readyAnalysis, resultOf, VIDEO } from '../support/buying.ts';
import { newFolder, removeFolders } from '../support/folder.ts';
import { killGateways, spawnGateway, type GatewayProcess } from '../support/gateway-process.ts';
import * as scripted from '../support/scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts';
import { envFor, taskInput } from '../support/stories.ts';
import { until } from '../support/until.ts';
import { ring, tokenOf, WEBHOOK_ENV } from '../support/webhooks.ts';

/** kill -9 at random moments while keys are bought and asked for again and again. `KILLS` in the environment: how often. */

const KILLS = Number(process.env['KILLS'] ?? 16);
const KEYS_PER_LIFE = 6;

let upstream: ScriptedUpstream;
let folder: string;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  folder = newFolder();
});

afterEach(async () => {
  await killGateways();
  await upstream.stop();
  removeFolders();
});

/** The face of an order carries its key, so that AKOOL's side can be counted by key. */
const faceOf = (key: string): string => `https://example.com/faces/${key}.png`;

function createsOf(key: string): scripted.RecordedRequest[] {
  return upstream.requestsTo('createTask').filter(({ rawBody }) => rawBody.includes(faceOf(key)));
}

it(
  `AKOOL never gets a second create that it may have accepted, in ${KILLS} kills`,
  async () => {
    let taken = 0;
    /** What AKOOL did with the creates of each key, in order. */
    const fates = new Map<string, string[]>();
    /** AKOOL's ids by key, for what it accepted. */
    const made = new Map<string, string>();
    upstream.always('createTask', (exchange) => {
      const key = /faces\/(.*?)\.png/.exec(exchange.request.rawBody.toString())?.[1] ?? '';
      taken += 1;
      const turn = taken % 5;
      fates.set(key, [...(fates.get(key) ?? []), turn === 0 ? 'refused' : 'accepted']);
      if (turn === 0) {
        scripted.code(1104)(exchange);
        return;
      }
      const id = taken.toString(16).padStart(24, '0');
      made.set(key, id);
      upstream.setTask(id, { status: 2, source_video_url: VIDEO });
      if (turn === 1) scripted.resetAfterReading(exchange);
      else setTimeout(() => scripted.success({ _id: id, status: 1 })(exchange), 15 * turn);
    });

    const env = { ...envFor(upstream), ...WEBHOOK_ENV };
    let gateway: GatewayProcess = await spawnGateway(folder, env);
    const analysis = await readyAnalysis(gateway, upstream);
    const problems: string[] = [];
    const told = new Map<string, string>();
    const ask = async (key: string): Promise<void> => {
      const input = { ...taskInput(analysis, key), mappings: [{ objId: 0, faceUrl: faceOf(key) }] };
      const outcome = await buy(gateway, input).catch(() => null);
      if (outcome === null) return;
      const before = told.get(key);
      if (before !== undefined && outcome.id !== before) {
        problems.push(`${key} was ${before} and is ${JSON.stringify(outcome)}`);
      }
      if (outcome.id !== undefined) told.set(key, outcome.id);
    };

    const keys: string[] = [];
    for (let life = 0; life < KILLS; life += 1) {
      if (life > 0) gateway = await spawnGateway(folder, env);
      const fresh = Array.from({ length: KEYS_PER_LIFE }, (_, number) => `key-${life}-${number}`);
      keys.push(...fresh);
      const asking = Promise.all([...fresh, ...fresh, ...keys].map(ask));
      const more = Math.floor(Math.random() * KEYS_PER_LIFE);
      await upstream.received('createTask', taken + more);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      await gateway.end('SIGKILL');
      await asking;
    }

    gateway = await spawnGateway(folder, env);
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
      await ring(gateway, tokenOf(createsOf(key).at(-1)), { _id: id, status: 2 });
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
