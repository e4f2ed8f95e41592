import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { useToyServers } from '../conformance/support/use-toy-servers.ts';
import { until } from '../support/processes/until.ts';

const { start } = useToyServers();

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

it.each([
  ['shared', 'subscription { job(id: "a") { version } }', 'text/event-stream'],
  ['its own', 'subscription { feed }', 'text/event-stream'],
  ['in parts', 'subscription { feed }', 'multipart/mixed;subscriptionSpec=1.0'],
])(
  'an open stream keeps nothing that was made for its request: %s',
  async (_kind, query, accept) => {
    const made: WeakRef<object>[] = [];
    const at = await start({
      contextFor(caller) {
        const mark = {};
        made.push(new WeakRef(mark));
        return { caller, number: made.length, mark };
      },
    });
    at.jobs.set('a');
    const streams = await Promise.all(
      Array.from({ length: 3 }, () =>
        fetch(`${at.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { accept } }),
      ),
    );
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
    await until(() => at.jobs.watching > 0 && made.length >= 3);
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise(setImmediate);
      collectGarbage();
    }
    expect(made.filter((mark) => mark.deref() !== undefined)).toHaveLength(0);
    expect(at.jobs.watching).toBeGreaterThan(0);
    await Promise.all(streams.map(async ({ body }) => body?.cancel()));
    await until(() => at.jobs.watching === 0);
  },
);
