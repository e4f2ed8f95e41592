import { describe, expect, it } from 'vitest';
import { firstJob } from '../../src/domain/advance.ts';
import type { Job } from '../../src/domain/job.ts';
import { createHub } from '../../src/jobs/watching/hub.ts';
import { createSignal } from '../../src/runtime/signal.ts';
import { watchJob } from '../../src/jobs/watching/watch-job.ts';
import { taskSeen } from '../support/akool/observations.ts';

const first = firstJob(
  { team: 'default', madeHere: true, videoUrl: 'https://example.com/v.mp4', request: null },
  taskSeen(),
  1000,
);

function version(number: number, status: Job['status'] = 'PROCESSING'): Job {
  return { ...first, version: number, status };
}

function watching(present: () => Promise<Job>, after: number | null = null) {
  const hub = createHub(createSignal());
  return { hub, watch: watchJob({ listen: (hear) => hub.listen(first, hear), present, after }) };
}

describe('a watch', () => {
  it('begins with the present state', async () => {
    const { watch } = watching(() => Promise.resolve(version(3)));
    expect((await (await watch).next()).value?.version).toBe(3);
  });

  it('misses nothing that happens while the present state is read', async () => {
    const read = withResolvers<Job>();
    const { hub, watch } = watching(() => read.promise);
    hub.publish(version(2, 'COMPLETED'));
    read.resolve(version(1));
    const stream = await watch;
    expect((await stream.next()).value?.version).toBe(2);
    expect((await stream.next()).done).toBe(true);
    expect(hub.watchedJobs()).toEqual([]);
  });

  it('skips what a slow reader missed, and never goes back', async () => {
    const { hub, watch } = watching(() => Promise.resolve(version(1)));
    const stream = await watch;
    await stream.next();
    for (const number of [2, 3, 7, 5]) hub.publish(version(number));
    expect((await stream.next()).value?.version).toBe(7);
    const next = stream.next();
    hub.publish(version(7));
    hub.publish(version(6));
    hub.publish(version(8, 'FAILED'));
    expect((await next).value?.version).toBe(8);
    expect((await stream.next()).done).toBe(true);
  });

  it('can be taken without being waited for, and says once when there is something', async () => {
    const { hub, watch } = watching(() => Promise.resolve(version(1)));
    const stream = await watch;
    let news = 0;
    stream.onNews(() => {
      news += 1;
    });
    expect([news, stream.take()?.value?.version, stream.take()]).toEqual([1, 1, null]);
    for (const number of [2, 3, 2]) hub.publish(version(number));
    expect([news, stream.take()?.value?.version, stream.take()]).toEqual([2, 3, null]);
    hub.publish(version(4, 'COMPLETED'));
    expect([stream.take()?.value?.version, stream.take()?.done]).toEqual([4, true]);
    expect(hub.watchedJobs()).toEqual([]);
  });

  it('says that it was let go', async () => {
    const { watch } = watching(() => Promise.resolve(version(1)), 1);
    const stream = await watch;
    const heard: unknown[] = [];
    stream.onNews(() => heard.push(stream.take()));
    expect(heard).toEqual([]);
    await stream.return?.();
    expect(heard).toEqual([{ done: true, value: undefined }]);
  });

  it('leaves out the state that the caller has seen, and only that', async () => {
    const seen = watching(() => Promise.resolve(version(4)), 4);
    const stream = await seen.watch;
    const next = stream.next();
    seen.hub.publish(version(5));
    expect((await next).value?.version).toBe(5);
    for (const after of [3, 9]) {
      const { watch } = watching(() => Promise.resolve(version(4)), after);
      expect((await (await watch).next()).value?.version).toBe(4);
    }
  });

  it.each([4, 5])(
    'leaves out what the caller has seen, or older, that comes while the present state is read: %i',
    async (number) => {
      const read = withResolvers<Job>();
      const { hub, watch } = watching(() => read.promise, 5);
      hub.publish(version(number));
      read.resolve(version(5));
      const stream = await watch;
      expect(stream.take()).toBeNull();
      hub.publish(version(6));
      expect(stream.take()?.value?.version).toBe(6);
    },
  );

  it('tells what is newer than the caller has seen and comes while the present state is read', async () => {
    const read = withResolvers<Job>();
    const { hub, watch } = watching(() => read.promise, 5);
    hub.publish(version(6));
    read.resolve(version(5));
    expect((await watch).take()?.value?.version).toBe(6);
  });

  it('of a finished job answers once and completes, or just completes when that was seen', async () => {
    const { hub, watch } = watching(() => Promise.resolve(version(4, 'FAILED')));
    const stream = await watch;
    expect((await stream.next()).value?.status).toBe('FAILED');
    expect((await stream.next()).done).toBe(true);
    expect(hub.watchedJobs()).toEqual([]);
    const seen = watching(() => Promise.resolve(version(4, 'FAILED')), 4);
    expect((await (await seen.watch).next()).done).toBe(true);
  });

  it('lets go at once when it is returned while a next is pending', async () => {
    const { hub, watch } = watching(() => Promise.resolve(version(1)), 1);
    const stream = await watch;
    const pending = stream.next();
    expect(hub.isWatched(first)).toBe(true);
    await stream.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(hub.isWatched(first)).toBe(false);
  });

  it('leaves no listener behind when the present state cannot be told', async () => {
    const { hub, watch } = watching(() => Promise.reject(new Error('no such job')));
    await expect(watch).rejects.toThrow('no such job');
    expect(hub.isWatched(first)).toBe(false);
  });
});

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((ok) => {
    resolve = ok;
  });
  return { promise, resolve };
}
