import { SpanKind } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { traceStore } from '../../src/app/tracing/trace-store.ts';
import { inLeaf, inSpan, noTracer } from '../../src/runtime/tracing/tracer.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { taskSeen } from '../support/akool/observations.ts';
import { keyOf, startJobEngine } from '../support/jobs/start-job-engine.ts';
import { recordSpans, type SpanRecorder } from '../support/otlp/record-spans.ts';
import { removeFolders } from '../support/processes/folder.ts';

let recorder: SpanRecorder;
const stops: (() => Promise<void>)[] = [];

beforeEach(() => {
  recorder = recordSpans();
});

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  removeFolders();
  recorder.stop();
});

const startEngine = async () => {
  const readTask = () => Promise.reject(new Error('not used'));
  const engine = await startJobEngine({ readTask, tracer: recorder.tracer });
  stops.push(() => engine.stop());
  return engine;
};
const named = (name: string) => recorder.spans().filter((span) => span.name === name);

describe('a span', () => {
  it('takes nothing in once it has ended, however long something runs on that it began', async () => {
    const { tracer } = recorder;
    const call = (): Promise<void> => inLeaf(tracer, { name: 'call' }, () => Promise.resolve());
    let later = Promise.resolve();
    await inSpan(tracer, { name: 'request' }, async () => {
      await call();
      later = new Promise<void>((resolve) => setTimeout(resolve, 20)).then(call);
    });
    await later;
    expect(recorder.spans().map(({ name }) => name)).toEqual(['call', 'request']);
    expect(tracer.current()).toBeNull();
  });

  it('tells of a failure what it was, and no words', async () => {
    const failing = inSpan(recorder.tracer, { name: 'request' }, () =>
      Promise.reject(new RangeError('secret words')),
    );
    await expect(failing).rejects.toThrow('secret words');
    inSpan(recorder.tracer, { name: 'other' }, (span) => span.fail('secret words, too'));
    expect(recorder.spans().map(({ attributes }) => attributes)).toEqual([
      { 'error.type': 'RangeError' },
      { 'error.type': '_OTHER' },
    ]);
    expect(recorder.spans().map(({ status, events }) => [status, events])).toEqual([
      [{ code: 2 }, []],
      [{ code: 2 }, []],
    ]);
  });
});

describe('the store', () => {
  const URL_WITH_PASSWORD = 'postgres://user:secret-password@db.example:6432/gateway';

  it('is told as what it is, and not as who opens it', async () => {
    const { store } = await startEngine();
    const away: typeof store = {
      ...store,
      readSequence: () => Promise.reject(new StoreUnavailableError('away', '57P01')),
    };
    const traced = traceStore(away, URL_WITH_PASSWORD, recorder.tracer);
    await traced.listPurchases(['UNKNOWN']);
    expect(recorder.spans()).toEqual([]);
    await inSpan(recorder.tracer, { name: 'request' }, async () => {
      await traced.listPurchases(['UNKNOWN']);
      await traced.readSequence('team').catch(() => undefined);
    });
    const [listed] = named('listPurchases');
    expect(listed?.kind).toBe(SpanKind.CLIENT);
    expect(listed?.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.operation.name': 'listPurchases',
      'server.address': 'db.example',
      'server.port': 6432,
    });
    expect(named('readSequence')[0]?.attributes['error.type']).toBe('57P01');
  });

  it('is itself where nothing is traced', async () => {
    const { store } = await startEngine();
    expect(traceStore(store, URL_WITH_PASSWORD, noTracer)).toBe(store);
  });
});

describe('jobs that are written together', () => {
  it('refer to the trace in which their one write is told', async () => {
    const { tracer } = recorder;
    const engine = await startEngine();
    await engine.make(['a', 'b']);
    const report = (id: string) =>
      inSpan(tracer, { name: `request ${id}` }, () =>
        engine.jobWriter.report(keyOf(id), {
          kind: 'seen',
          observation: taskSeen({ id, progress: 10 }),
        }),
      );
    const causes: unknown[] = [];
    engine.hub.listen(keyOf('b'), (job) =>
      causes.push(engine.traces.causeOf(job, job.version, 0)?.spanId),
    );
    const written = [report('a'), report('b')];
    await engine.clock.advance(100);
    await Promise.all(written);

    const [first, second] = named('write job');
    expect(first?.links).toEqual([]);
    expect(second?.links.map((link) => link.context.spanId)).toEqual([first?.spanContext().spanId]);
    expect(second?.spanContext().traceId).not.toBe(first?.spanContext().traceId);
    // What b's watchers are told belongs to b's own trace all the same.
    expect(causes).toEqual([second?.spanContext().spanId]);
  });
});
