import { afterEach, describe, expect, it } from 'vitest';
import { UpstreamError } from '../../src/upstream/upstream.ts';
import { removeFolders } from '../support/processes/folder.ts';
import {
  startJobEngine,
  keyOf,
  OTHER_TEAM,
  type ReadTask,
} from '../support/jobs/start-job-engine.ts';
import { until } from '../support/processes/until.ts';
import { taskSeen } from '../support/akool/observations.ts';

let heart: Awaited<ReturnType<typeof startJobEngine>>;

afterEach(async () => {
  await heart.stop();
  removeFolders();
});

const ids = (count: number): string[] =>
  Array.from({ length: count }, (_, number) => `task-${String(number).padStart(4, '0')}`);

/** An upstream whose tasks run for ever, and the reads it took as [when, id]. */
function endless(now: () => number) {
  const reads: [number, string][] = [];
  const readTask: ReadTask = (id) => {
    reads.push([now(), id]);
    return Promise.resolve(taskSeen({ id }));
  };
  return { reads, readTask };
}

describe('the poller', () => {
  it('reads each live job once per interval, and the interval grows with age', async () => {
    const upstream = endless(() => heart.clock.now());
    heart = await startJobEngine({ readTask: upstream.readTask });
    await heart.make(['a']);
    heart.poll();
    await heart.clock.advance(10_000);
    const young = upstream.reads.length;
    expect(young).toBeGreaterThanOrEqual(4);
    expect(young).toBeLessThanOrEqual(5);
    await heart.clock.advance(3_600_000);
    const before = upstream.reads.length;
    await heart.clock.advance(300_000);
    expect(upstream.reads.length - before).toBeLessThanOrEqual(11);
    expect(upstream.reads.length - before).toBeGreaterThanOrEqual(9);
  });

  it('never starts more reads in a second than the budget, and reaches everyone', async () => {
    const upstream = endless(() => heart.clock.now());
    heart = await startJobEngine({ readTask: upstream.readTask, perSecond: 20 });
    await heart.make(ids(100));
    heart.poll();
    await heart.clock.advance(8000);
    for (const [start] of upstream.reads) {
      const inSecond = upstream.reads.filter(([at]) => at >= start && at < start + 1000);
      expect(inSecond.length).toBeLessThanOrEqual(20);
    }
    expect(new Set(upstream.reads.map(([, id]) => id)).size).toBe(100);
  });

  it.each([20, 500])(
    'uses the whole budget of %i a second while more is due',
    async (perSecond) => {
      const upstream = endless(() => heart.clock.now());
      heart = await startJobEngine({ readTask: upstream.readTask, perSecond });
      await heart.make(ids(perSecond * 8));
      await heart.clock.advance(3000);
      heart.poll();
      await heart.clock.advance(2000);
      const before = upstream.reads.length;
      await heart.clock.advance(4000);
      expect(upstream.reads.length - before).toBeGreaterThan(perSecond * 4 * 0.95);
      const atOnce = upstream.reads.filter(([at]) => at === upstream.reads[before]?.[0]);
      expect(atOnce.length).toBeLessThanOrEqual(20);
    },
  );

  it('begins few reads in one turn of the event loop, however many are due', async () => {
    let turn = 0;
    let pending = setImmediate(function next() {
      turn += 1;
      pending = setImmediate(next);
    });
    const reads: [turn: number, id: string][] = [];
    const readTask: ReadTask = (id) => {
      reads.push([turn, id]);
      return Promise.resolve(taskSeen({ id }));
    };
    heart = await startJobEngine({ readTask, perSecond: 10_000 });
    await heart.make(ids(300));
    await heart.clock.advance(3000);
    heart.poll();
    await until(() => reads.length === 300);
    clearImmediate(pending);
    expect(new Set(reads.map(([, id]) => id)).size).toBe(300);
    const inTurn = reads.map(([each]) => reads.filter(([other]) => other === each).length);
    expect(Math.max(...inTurn)).toBe(20);
  });

  it('costs a round for each time that something falls due, and none for a read that ends', async () => {
    const upstream = endless(() => heart.clock.now());
    heart = await startJobEngine({ readTask: upstream.readTask });
    await heart.make(['a']);
    heart.poll();
    await heart.clock.advance(60_000);
    const sweeps = 60_000 / 3000;
    expect(heart.rounds()).toBeGreaterThanOrEqual(upstream.reads.length);
    expect(heart.rounds()).toBeLessThanOrEqual(upstream.reads.length + sweeps + 1);
  });

  it('shares its rounds among jobs that fall due one soon after the other', async () => {
    const upstream = endless(() => heart.clock.now());
    heart = await startJobEngine({ readTask: upstream.readTask, perSecond: 1000 });
    for (const id of ids(200)) {
      await heart.make([id]);
      await heart.clock.advance(1);
    }
    heart.poll();
    await heart.clock.advance(10_000);
    expect(upstream.reads.length).toBeGreaterThan(800);
    expect(heart.rounds()).toBeLessThan(10_000 / 20);
  });

  it('lets an account that is paused, or has used its budget, hold up no other', async () => {
    const upstream = endless(() => heart.clock.now());
    heart = await startJobEngine({ readTask: upstream.readTask, perSecond: 5 });
    await heart.make(ids(300));
    await heart.make(['other'], false, OTHER_TEAM);
    heart.poll();
    const othersReads = () => upstream.reads.filter(([, id]) => id === 'other').length;
    await heart.clock.advance(10_000);
    expect(othersReads()).toBeGreaterThanOrEqual(4);
    heart.limiter.pauseFor(60_000);
    const before = upstream.reads.length;
    const othersBefore = othersReads();
    await heart.clock.advance(30_000);
    expect(othersReads() - othersBefore).toBeGreaterThanOrEqual(6);
    expect(upstream.reads.length - before).toBe(othersReads() - othersBefore);
  });

  it('reads what somebody watches first', async () => {
    const upstream = endless(() => heart.clock.now());
    heart = await startJobEngine({ readTask: upstream.readTask, perSecond: 5 });
    await heart.make(ids(50));
    await heart.clock.advance(2500);
    await heart.store.markWatched(
      [{ key: keyOf('task-0049'), withinMs: 0 }],
      heart.clock.now() + 30_000,
    );
    heart.poll();
    await heart.clock.advance(500);
    expect(upstream.reads[0]?.[1]).toBe('task-0049');
  });

  it('stops reading a job that has ended', async () => {
    let reads = 0;
    heart = await startJobEngine({
      readTask(id) {
        reads += 1;
        const outputUrl = 'https://example.com/out.mp4';
        return Promise.resolve(taskSeen({ id, status: 'COMPLETED', outputUrl }));
      },
    });
    await heart.make(['a']);
    heart.poll();
    await heart.clock.advance(120_000);
    expect(reads).toBe(1);
    expect(await heart.read('a')).toMatchObject({ status: 'COMPLETED', version: 2 });
  });

  it('puts a foreign job to rest when nobody watches it any more', async () => {
    const upstream = endless(() => heart.clock.now());
    heart = await startJobEngine({ readTask: upstream.readTask });
    heart.poll();
    const leave = heart.hub.listen(keyOf('foreign'), () => undefined);
    const read = heart.reader.read(keyOf('foreign'));
    await heart.clock.advance(10_000);
    await read;
    expect(upstream.reads.length).toBeGreaterThanOrEqual(4);
    leave();
    await heart.clock.advance(30_000);
    const rest = upstream.reads.length;
    await heart.clock.advance(600_000);
    expect(upstream.reads.length).toBe(rest);
    const [stored] = await heart.store.readJobs([keyOf('foreign')]);
    expect(stored?.schedule.dueAt).toBeNull();
  });

  it('polls a job that a webhook will ring for at the longest interval, unless somebody watches', async () => {
    const upstream = endless(() => heart.clock.now());
    heart = await startJobEngine({ readTask: upstream.readTask });
    await heart.make(['a'], true);
    heart.poll();
    await heart.clock.advance(29_000);
    expect(upstream.reads.length).toBe(0);
    heart.hub.listen(keyOf('a'), () => undefined);
    await heart.store.markWatched([{ key: keyOf('a'), withinMs: 0 }], heart.clock.now() + 30_000);
    await heart.clock.advance(15_000);
    expect(upstream.reads.length).toBeGreaterThanOrEqual(4);
  });

  it('catches up within a minute when AKOOL was away for minutes with 1,000 jobs, without a herd', async () => {
    let away = true;
    const reads: [number, string][] = [];
    heart = await startJobEngine({
      readTask(id) {
        reads.push([heart.clock.now(), id]);
        return away
          ? Promise.reject(new UpstreamError('unavailable', 'away'))
          : Promise.resolve(taskSeen({ id, status: 'FAILED' }));
      },
    });
    await heart.make(ids(1000));
    heart.poll();
    await heart.clock.advance(300_000);
    // Closed by the breaker, which lets one probe through every 15 seconds at most.
    expect(reads.length).toBeLessThan(60);
    const before = reads.length;
    away = false;
    await heart.clock.advance(75_000);
    const caughtUp = reads.slice(before);
    expect(new Set(caughtUp.map(([, id]) => id)).size).toBe(1000);
    expect(caughtUp.length).toBe(1000);
    const first = caughtUp[0]?.[0] ?? 0;
    expect((caughtUp.at(-1)?.[0] ?? 0) - first).toBeLessThanOrEqual(60_000);
    for (const [start] of caughtUp.filter((_, number) => number % 50 === 0)) {
      expect(
        caughtUp.filter(([at]) => at >= start && at < start + 1000).length,
      ).toBeLessThanOrEqual(20);
    }
  });

  it('goes on after the store was away', async () => {
    const upstream = endless(() => heart.clock.now());
    let away = false;
    heart = await startJobEngine({
      readTask: upstream.readTask,
      wrapStore: (store) => ({
        ...store,
        claimDue: (...args) =>
          away ? Promise.reject(new Error('store away')) : store.claimDue(...args),
      }),
    });
    await heart.make(['a']);
    heart.poll();
    await heart.clock.advance(5000);
    away = true;
    await heart.clock.advance(20_000);
    expect(heart.warnings).toContain('A polling round failed');
    const before = upstream.reads.length;
    away = false;
    await heart.clock.advance(10_000);
    expect(upstream.reads.length).toBeGreaterThan(before);
  });

  it('waits for the reads in flight when it stops, and begins none after', async () => {
    const answers: (() => void)[] = [];
    heart = await startJobEngine({
      readTask: (id) =>
        new Promise((resolve) => {
          answers.push(() => resolve(taskSeen({ id, progress: 50 })));
        }),
    });
    await heart.make(['a', 'b']);
    const poller = heart.poll();
    await heart.clock.advance(2100);
    expect(answers.length).toBe(2);
    let stopped = false;
    const stopping = poller.stop().then(() => {
      stopped = true;
    });
    await heart.clock.advance(60_000);
    expect(stopped).toBe(false);
    for (const answer of answers) answer();
    await heart.clock.advance(100);
    await stopping;
    expect(answers.length).toBe(2);
    expect(await heart.read('a')).toMatchObject({ progress: 50 });
  });

  it('claims nothing any more once it is told so, and leaves due jobs to other instances', async () => {
    const upstream = endless(() => heart.clock.now());
    heart = await startJobEngine({ readTask: upstream.readTask });
    await heart.make(['a']);
    const poller = heart.poll();
    await heart.clock.advance(2100);
    const before = upstream.reads.length;
    expect(before).toBe(1);
    poller.stopClaiming();
    poller.lookBy(heart.clock.now());
    await heart.clock.advance(60_000);
    expect(upstream.reads.length).toBe(before);
    heart.poll();
    await heart.clock.advance(100);
    expect(upstream.reads.length).toBe(before + 1);
  });
});
