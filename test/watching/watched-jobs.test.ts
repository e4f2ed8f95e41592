import { afterEach, expect, it } from 'vitest';
import { WATCHED_MS } from '../../src/jobs/polling/schedule.ts';
import { startWatchedJobs, type WatchedJobs } from '../../src/jobs/watching/watched-jobs.ts';
import { taskSeen } from '../support/akool/observations.ts';
import { keyOf, PACE, startJobEngine } from '../support/jobs/start-job-engine.ts';
import { removeFolders } from '../support/processes/folder.ts';

let heart: Awaited<ReturnType<typeof startJobEngine>>;
let watchedJobs: WatchedJobs;
/** The tasks of each statement that marked some. */
let marks: string[][] = [];

afterEach(async () => {
  watchedJobs.stop();
  await heart.stop();
  removeFolders();
  marks = [];
});

const start = async (): Promise<void> => {
  heart = await startJobEngine({
    readTask: () => Promise.reject(new Error('not used')),
    wrapStore: (store) => ({
      ...store,
      markWatched(list, until) {
        marks.push(list.map(({ key }) => key.id));
        return store.markWatched(list, until);
      },
    }),
  });
  const { store, hub, clock } = heart;
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const polling = { lookWithinMs: () => PACE.minMs, lookBy: () => undefined };
  watchedJobs = startWatchedJobs({ store, hub, polling, clock, log });
};

const watch = (id: string): ((isOver?: boolean) => void) => {
  const stop = heart.hub.listen(keyOf(id), () => undefined);
  watchedJobs.begin(keyOf(id), PACE.minMs);
  return (isOver = false) => {
    const left = stop();
    if (left !== null) watchedJobs.end(left, isOver);
  };
};

const isMarked = async (id: string): Promise<boolean> => {
  const [stored] = await heart.store.readJobs([keyOf(id)]);
  return (stored?.schedule.watchedUntil ?? 0) > heart.clock.now();
};

it('renews the marks of what is not written meanwhile, and of nothing else', async () => {
  await start();
  await heart.make(['busy', 'quiet']);
  for (const id of ['busy', 'quiet']) watch(id);
  await heart.clock.advance(100);
  expect(marks).toEqual([['busy', 'quiet']]);
  marks = [];
  for (let progress = 1; progress <= 60; progress += 1) {
    const seen = { kind: 'seen', observation: taskSeen({ id: 'busy', progress }) } as const;
    const report = heart.jobWriter.report(keyOf('busy'), seen);
    await heart.clock.advance(1000);
    await report;
    expect([await isMarked('busy'), await isMarked('quiet')]).toEqual([true, true]);
  }
  expect(new Set(marks.flat())).toEqual(new Set(['quiet']));
});

it('lets the mark run out of what nobody watches any more, and renews none of it', async () => {
  await start();
  await heart.make(['a', 'b']);
  watch('a');
  const leave = watch('b');
  await heart.clock.advance(100);
  leave();
  await heart.clock.advance(100);
  marks = [];
  await heart.clock.advance(2 * WATCHED_MS);
  expect([await isMarked('a'), await isMarked('b')]).toEqual([true, false]);
  expect(new Set(marks.flat())).toEqual(new Set(['a']));
});

it('takes back the mark of what goes on, and writes nothing about what is over', async () => {
  await start();
  await heart.make(['running', 'over']);
  const [leaveRunning, leaveOver] = [watch('running'), watch('over')];
  await heart.clock.advance(100);
  marks = [];
  leaveRunning();
  leaveOver(true);
  await heart.clock.advance(100);
  expect(marks).toEqual([['running']]);
  expect(await isMarked('running')).toBe(false);
});

it('marks nothing for somebody who left before the job was found', async () => {
  await start();
  await heart.make(['a']);
  const stop = heart.hub.listen(keyOf('a'), () => undefined);
  const left = stop();
  expect(left).toMatchObject({ key: keyOf('a'), isMarked: false });
  watchedJobs.begin(keyOf('a'), PACE.minMs);
  await heart.clock.advance(2 * WATCHED_MS);
  expect(marks).toEqual([]);
  expect(stop()).toBeNull();
});
