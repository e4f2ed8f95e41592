import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Gateway,
} from '../support/gateway/gateway.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import {
  completeAnalysis,
  createTask,
  envFor,
  finishTask,
  WATCH_TASK,
} from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

let upstream: ScriptedUpstream;
let gateway: Gateway;
let task: string;

beforeEach(async () => {
  ({ upstream, gateway } = await startWithUpstream());
  task = await createTask(gateway, await completeAnalysis(gateway, upstream));
});

afterEach(stopGateways);

describe('watching a task', () => {
  it('tells the present state, each newer one, and completes after the end', async () => {
    const watching = gateway.watch(WATCH_TASK, { id: task });
    await watching.count(1);
    upstream.setTask(task, { status: 2, progress: 40 });
    await watching.count(2);
    finishTask(upstream, task);
    await watching.done;
    const states = watching.events.map(({ data }) => data.headSwapTaskStatusChanged);
    expect(states.map(({ status }) => status)).toEqual(['QUEUED', 'PROCESSING', 'COMPLETED']);
    expect(states.at(-1)).toMatchObject({
      progress: 100,
      outputUrl: 'https://example.com/output/result.mp4',
      failure: null,
    });
    const versions = states.map(({ version }) => version);
    expect(versions).toEqual([...versions].sort((one, other) => one - other));
  });

  it('costs the upstream reads of one, whether one or three hundred watch', async () => {
    upstream.setTask(task, { status: 2, progress: 1 });
    const client = gateway.socket();
    const watchers = Array.from({ length: 90 }, () =>
      gateway.watch(WATCH_TASK, { id: task }, client),
    );
    const others = Array.from({ length: 3 }, () => gateway.socket()).flatMap((socket) =>
      Array.from({ length: 70 }, () => gateway.watch(WATCH_TASK, { id: task }, socket)),
    );
    const all = [...watchers, ...others];
    await Promise.all(all.map((watcher) => watcher.count(1)));
    const startedAt = Date.now();
    const before = upstream.requestsTo('task').length;
    await until(() => upstream.requestsTo('task').length >= before + 8);
    const reads = upstream.requestsTo('task').length - before;
    // One poller reads at most once per interval, and an interval is 50 ms at least.
    expect(reads).toBeLessThanOrEqual(Math.ceil((Date.now() - startedAt) / 50) + 1);
    finishTask(upstream, task);
    await Promise.all(all.map((watcher) => watcher.done));
    for (const { events } of all) {
      const ends = events.filter(
        ({ data }) => data.headSwapTaskStatusChanged.status === 'COMPLETED',
      );
      expect(ends.length).toBe(1);
    }
    const after = upstream.requestsTo('task').length;
    await gateway.ask(`{ headSwapTask(id: "${task}") { status } }`);
    expect(upstream.requestsTo('task').length).toBe(after);
  });

  it('tells everyone who races the end of it exactly once', async () => {
    const sockets = Array.from({ length: 6 }, () => gateway.socket());
    const warm = sockets.map((socket) => gateway.watch(WATCH_TASK, { id: task }, socket));
    await Promise.all(warm.map((watcher) => watcher.count(1)));
    const racing = Array.from({ length: 60 }, (_, number) => {
      if (number === 30) finishTask(upstream, task);
      return gateway.watch(WATCH_TASK, { id: task }, sockets[number % sockets.length]);
    });
    await Promise.all([...warm, ...racing].map((watcher) => watcher.done));
    for (const { events } of [...warm, ...racing]) {
      const statuses = events.map(({ data }) => data.headSwapTaskStatusChanged.status);
      expect(statuses.filter((status) => status === 'COMPLETED').length).toBe(1);
      expect(statuses.at(-1)).toBe('COMPLETED');
    }
  });

  it('of a finished one answers once and completes, without a read', async () => {
    finishTask(upstream, task);
    await gateway.watch(WATCH_TASK, { id: task }).done;
    const reads = upstream.requestsTo('task').length;
    const late = gateway.watch(WATCH_TASK, { id: task });
    await late.done;
    expect(late.events.length).toBe(1);
    expect(upstream.requestsTo('task').length).toBe(reads);
  });

  it('goes on after the version it is given', async () => {
    finishTask(upstream, task);
    const first = gateway.watch(WATCH_TASK, { id: task });
    await first.done;
    const version = first.events.at(-1)?.data.headSwapTaskStatusChanged.version;
    const seen = gateway.watch(WATCH_TASK, { id: task, after: version });
    await seen.done;
    expect(seen.events).toEqual([]);
    for (const after of [version - 1, version + 5]) {
      const again = gateway.watch(WATCH_TASK, { id: task, after });
      await again.done;
      expect(again.events.length).toBe(1);
    }
  });

  it('of an unknown id is one NOT_FOUND, and the socket stays open', async () => {
    const client = gateway.socket();
    const unknown = gateway.watch(WATCH_TASK, { id: '000000000000000000000000' }, client);
    await expect(unknown.done).rejects.toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    const known = gateway.watch(WATCH_TASK, { id: task }, client);
    await known.count(1);
  });

  it('made elsewhere stops costing reads once nobody does any more', async () => {
    const foreign = '6a066dc58570ecbf64f7aaaa';
    upstream.setTask(foreign, { status: 2, progress: 5 });
    let rested = false;
    const other = await startGateway({
      env: envFor(upstream),
      wrapStore: (store) => ({
        ...store,
        async writeJobs(writes) {
          const written = await store.writeJobs(writes);
          rested ||= writes.some(({ schedule }) => schedule.dueAt === null);
          return written;
        },
      }),
    });
    const reads = () => upstream.requestsTo('task').filter(({ path }) => path.endsWith(foreign));
    const watching = other.watch(WATCH_TASK, { id: foreign });
    await until(() => reads().length >= 3);
    expect(rested).toBe(false);
    watching.stop();
    await until(() => rested);
    const before = reads().length;
    const again = other.watch(WATCH_TASK, { id: foreign });
    await again.count(1);
    await until(() => reads().length > before);
  });
});
