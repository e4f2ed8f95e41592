import { describe, expect, it } from 'vitest';
import { createFanout, type OpenStream } from '../../src/server/fanout/fanout.ts';
import type { Subscriber } from '../../src/server/fanout/group.ts';
import type { PayloadStream } from '../../src/server/operation.ts';
import { noTracer } from '../../src/runtime/tracing/tracer.ts';
import { createLatestEvents } from '../../src/server/operations/latest-events.ts';

/** What a source is told to give; it wakes whoever waits for that. */
function createScript() {
  const queue: string[] = [];
  const script = { ended: false, returned: 0, failure: null as Error | null, wake: (): void => {} };
  const change = (what: () => void): void => {
    what();
    script.wake();
  };
  return {
    script,
    queue,
    controls: {
      push: (value: string) => change(() => queue.push(value)),
      end: () => change(() => (script.ended = true)),
      fail: (error: Error) => change(() => (script.failure = error)),
      get returned() {
        return script.returned;
      },
    },
    async return() {
      script.returned += 1;
      change(() => (script.ended = true));
      return { done: true, value: undefined } as const;
    },
  };
}

/** A stream that is asked for each payload, gives what it is told to, and whose `return()` ends it at once. */
function createAskedSource() {
  const { script, queue, controls, return: end } = createScript();
  const stream: PayloadStream = {
    tellEach: null,
    async next() {
      while (queue.length === 0 && !script.ended) {
        if (script.failure) throw script.failure;
        await new Promise<void>((resolve) => {
          script.wake = resolve;
        });
      }
      const value = queue.shift();
      return value === undefined
        ? { done: true, value: undefined }
        : { done: false, value: { text: value, id: null } };
    },
    return: end,
  };
  return Object.assign(controls, { stream });
}

/** The same as a stream that tells each payload. */
function createTellingSource(): ReturnType<typeof createAskedSource> {
  const { script, queue, controls, return: end } = createScript();
  const source = {
    take() {
      const value = queue.shift();
      if (value !== undefined) return { done: false, value } as const;
      if (script.failure) throw script.failure;
      return script.ended ? ({ done: true, value: undefined } as const) : null;
    },
    onNews(hear: () => void) {
      script.wake = hear;
      hear();
    },
  };
  const stream: PayloadStream = {
    tellEach: (tell) =>
      createLatestEvents(noTracer).tellEach(
        source,
        (text) => ({ text: String(text), id: null }),
        tell,
      ),
    next: () => Promise.reject(new Error('It tells by itself')),
    return: end,
  };
  return Object.assign(controls, { stream });
}

function createSubscriber(): Subscriber & { said: unknown[]; full: boolean; drain(): void } {
  const said: unknown[] = [];
  let waiting: (() => void)[] = [];
  return {
    said,
    transport: 'websocket' as const,
    full: false,
    send(payload) {
      if (this.full) return false;
      said.push(payload);
      return true;
    },
    onceDrained: (run) => waiting.push(run),
    drain() {
      this.full = false;
      const runs = waiting;
      waiting = [];
      for (const run of runs) run();
    },
    complete: () => said.push('<complete>'),
    fail: (errors) => said.push(errors),
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const broken = { message: 'broken', extensions: { code: 'INTERNAL' } };
const opens =
  (source: { stream: PayloadStream }): OpenStream =>
  async () => ({ stream: source.stream });

describe.each([
  ['is asked for each payload', createAskedSource],
  ['tells each payload', createTellingSource],
])('a group of readers of a stream that %s', (_how, createSource) => {
  it('gives a newcomer the latest payload once, not before join returns', async () => {
    const fanout = createFanout(() => [broken]);
    const source = createSource();
    const [early, late] = [createSubscriber(), createSubscriber()];
    fanout.join('k', opens(source), early);
    source.push('1');
    await settle();
    fanout.join('k', opens(createSource()), late);
    expect(late.said).toEqual([]);
    source.push('2');
    await settle();
    expect(early.said).toEqual(['1', '2']);
    expect(late.said.at(-1)).toBe('2');
    expect(new Set(late.said).size).toBe(late.said.length);
  });

  it('opens a new stream for whoever comes after the end', async () => {
    const fanout = createFanout(() => [broken]);
    const [first, second] = [createSource(), createSource()];
    const [early, late] = [createSubscriber(), createSubscriber()];
    fanout.join('k', opens(first), early);
    first.push('1');
    first.end();
    await settle();
    second.push('2');
    second.end();
    fanout.join('k', opens(second), late);
    await settle();
    expect([early.said, late.said]).toEqual([
      ['1', '<complete>'],
      ['2', '<complete>'],
    ]);
    expect(fanout.size).toBe(0);
  });

  it('lets a full reader skip to the latest, and tells it the end after that', async () => {
    const fanout = createFanout(() => [broken]);
    const source = createSource();
    const [slow, quick] = [createSubscriber(), createSubscriber()];
    fanout.join('k', opens(source), slow);
    fanout.join('k', opens(source), quick);
    source.push('1');
    await settle();
    slow.full = true;
    for (const payload of ['2', '3', '4']) source.push(payload);
    source.end();
    await settle();
    expect(quick.said).toEqual(['1', '2', '3', '4', '<complete>']);
    expect(slow.said).toEqual(['1']);
    expect(fanout.size).toBe(0);
    slow.drain();
    expect(slow.said).toEqual(['1', '4', '<complete>']);
  });

  it('says nothing to a full reader that left before it drained', async () => {
    const fanout = createFanout(() => [broken]);
    const source = createSource();
    const slow = createSubscriber();
    slow.full = true;
    const leave = fanout.join('k', opens(source), slow);
    source.push('1');
    await settle();
    leave();
    leave();
    slow.drain();
    await settle();
    expect(slow.said).toEqual([]);
    expect([source.returned, fanout.size]).toEqual([1, 0]);
  });

  it('releases a stream that opens after everybody left', async () => {
    const fanout = createFanout(() => [broken]);
    const source = createSource();
    const leave = fanout.join('k', opens(source), createSubscriber());
    leave();
    await settle();
    expect([source.returned, fanout.size]).toEqual([1, 0]);
  });

  it('tells everybody why a stream did not open or broke', async () => {
    const fanout = createFanout(() => [broken]);
    const missing = { message: 'No such job.', extensions: { code: 'NOT_FOUND' } };
    const readers = [createSubscriber(), createSubscriber()];
    for (const reader of readers) fanout.join('k', async () => ({ errors: [missing] }), reader);
    await settle();
    expect(readers.map(({ said }) => said)).toEqual([[[missing]], [[missing]]]);

    const source = createSource();
    const reader = createSubscriber();
    fanout.join('k', opens(source), reader);
    source.push('1');
    await settle();
    source.fail(new Error('gone'));
    await settle();
    expect(reader.said).toEqual(['1', [broken]]);
    expect([source.returned, fanout.size]).toEqual([1, 0]);
  });

  it('hands on UTF-8 bytes', async () => {
    const fanout = createFanout(() => [broken]);
    const source = createSource();
    const reader = createSubscriber();
    fanout.join('k', opens(source), reader);
    source.push('ü🏃');
    await settle();
    expect(Buffer.from(String(reader.said[0]), 'latin1').toString('utf8')).toBe('ü🏃');
  });
});

describe('a reader alone', () => {
  it('misses nothing: the next event is not pulled before it took the last', async () => {
    const fanout = createFanout(() => [broken]);
    const source = createAskedSource();
    const reader = createSubscriber();
    reader.full = true;
    fanout.join(null, opens(source), reader);
    for (const payload of ['1', '2', '3']) source.push(payload);
    await settle();
    expect(reader.said).toEqual([]);
    reader.drain();
    await settle();
    source.end();
    await settle();
    expect(reader.said).toEqual(['1', '2', '3', '<complete>']);
  });

  it('releases its stream when it leaves while full', async () => {
    const fanout = createFanout(() => [broken]);
    const source = createAskedSource();
    const reader = createSubscriber();
    reader.full = true;
    const leave = fanout.join(null, opens(source), reader);
    source.push('1');
    await settle();
    leave();
    await settle();
    expect([source.returned, fanout.size]).toEqual([1, 0]);
  });
});
