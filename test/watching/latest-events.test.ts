import { createSourceEventStream, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildSchema } from '../../src/graphql/schema.ts';
import type { Payload } from '../../src/server/operation.ts';
import { noTracer } from '../../src/runtime/tracing/tracer.ts';
import { createLatestEvents, isLatestSource } from '../../src/server/operations/latest-events.ts';
import { createHub } from '../../src/jobs/watching/hub.ts';
import { watchJob } from '../../src/jobs/watching/watch-job.ts';
import { createSignal } from '../../src/runtime/signal.ts';
import { aTask } from '../support/jobs/fake-jobs.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

async function aWatch() {
  const hub = createHub(createSignal());
  const first = aTask({ version: 1 });
  const source = await watchJob({
    listen: (hear) => hub.listen(first, hear),
    present: () => Promise.resolve(first),
    after: null,
  });
  return { source, publish: (version: number) => hub.publish({ ...first, version }) };
}

const versionOf = (event: unknown): string =>
  String((event as { readonly version: number }).version);
const payloadOf = (event: unknown): Payload => ({ text: versionOf(event), id: null });

describe('the answers to the events of which only the latest counts', () => {
  it('are those of a watched job, which reaches the server as it is', async () => {
    const { source } = await aWatch();
    const stream = await createSourceEventStream({
      schema: buildSchema(),
      document: parse('subscription { headSwapTaskStatusChanged(id: "1") { id } }'),
      contextValue: { caller: { team: 'default' }, jobs: { watch: () => source } },
    });
    expect(stream).toBe(source);
    expect(isLatestSource(source)).toBe(true);
    expect(isLatestSource([].values())).toBe(false);
  });

  it('are told in a turn of their own, each source once for all its news of one turn', async () => {
    const { tellEach } = createLatestEvents(noTracer);
    const watches = [await aWatch(), await aWatch()];
    const told: string[] = [];
    const ends = watches.map(({ source }, index) =>
      tellEach(source, payloadOf, ({ text }) => told.push(`${index}: ${text}`)),
    );
    await settle();
    expect(told).toEqual(['0: 1', '1: 1']);
    for (const version of [2, 3]) for (const { publish } of watches) publish(version);
    expect(told).toHaveLength(2);
    await settle();
    expect(told.slice(2)).toEqual(['0: 3', '1: 3']);
    for (const { source } of watches) await source.return?.();
    await Promise.all(ends);
    watches[0]?.publish(4);
    await settle();
    expect(told).toHaveLength(4);
  });

  it('are told one after the other while they are waited for, the latest next', async () => {
    const { tellEach } = createLatestEvents(noTracer);
    const { source, publish } = await aWatch();
    const told: string[] = [];
    const asked: { version: string; settle(payload: Payload): void }[] = [];
    const answer = (event: unknown): Promise<Payload> =>
      new Promise((resolve) => asked.push({ version: versionOf(event), settle: resolve }));
    const end = tellEach(source, answer, ({ text }) => told.push(text));
    await settle();
    for (const version of [2, 3, 4]) publish(version);
    await settle();
    expect(asked.map(({ version }) => version)).toEqual(['1']);
    asked[0]?.settle({ text: 'first', id: null });
    await settle();
    expect(asked.map(({ version }) => version)).toEqual(['1', '4']);
    expect(told).toEqual(['first']);
    await source.return?.();
    asked[1]?.settle({ text: 'last', id: null });
    await end;
    expect(told).toEqual(['first', 'last']);
  });

  it.each([
    [
      'thrown',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejected', () => Promise.reject(new Error('broken'))],
  ])('end with what was %s, and nothing is taken after it', async (_how, answer) => {
    const { tellEach } = createLatestEvents(noTracer);
    const [bad, good] = [await aWatch(), await aWatch()];
    const told: string[] = [];
    const end = tellEach(bad.source, answer, () => {});
    void tellEach(good.source, payloadOf, ({ text }) => told.push(text));
    await expect(end).rejects.toThrow('broken');
    bad.publish(2);
    good.publish(2);
    await settle();
    expect(bad.source.take()?.value?.version).toBe(2);
    expect(told).toEqual(['1', '2']);
  });
});
