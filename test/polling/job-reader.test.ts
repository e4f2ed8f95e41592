import { afterEach, expect, it } from 'vitest';
import type { TaskObservation } from '../../src/domain/observation.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { startJobEngine, keyOf } from '../support/jobs/start-job-engine.ts';
import { taskSeen } from '../support/akool/observations.ts';

let heart: Awaited<ReturnType<typeof startJobEngine>>;
let answers: ((seen: TaskObservation) => void)[] = [];

afterEach(async () => {
  await heart.stop();
  removeFolders();
  answers = [];
});

const start = async (): Promise<void> => {
  heart = await startJobEngine({ readTask: () => new Promise((resolve) => answers.push(resolve)) });
  await heart.make(['a']);
  await heart.clock.advance(3000);
};

const claim = async () => {
  const [claimed] = await heart.store.claimDue([{ teams: ['default'], limit: 1 }], 60_000);
  return claimed;
};

it('joins a read in flight instead of repeating it', async () => {
  await start();
  const reads = [heart.reader.read(keyOf('a')), heart.reader.read(keyOf('a'))];
  await heart.clock.advance(0);
  expect(answers.length).toBe(1);
  answers[0]?.(taskSeen({ id: 'a', progress: 50 }));
  await heart.clock.advance(100);
  const jobs = await Promise.all(reads);
  expect(jobs.map((job) => job?.progress)).toEqual([50, 50]);
});

it('gives back the lease of a poll that joined the read of a query', async () => {
  await start();
  const query = heart.reader.read(keyOf('a'));
  const claimed = await claim();
  const poll = heart.reader.read(keyOf('a'), claimed);
  await heart.clock.advance(0);
  expect(answers.length).toBe(1);
  answers[0]?.(taskSeen({ id: 'a' }));
  await heart.clock.advance(100);
  await Promise.all([query, poll]);
  await heart.clock.advance(5000);
  expect((await claim())?.job.id).toBe('a');
});

it('gives it back also when the poll joined while the read was being reported', async () => {
  await start();
  const query = heart.reader.read(keyOf('a'));
  await heart.clock.advance(0);
  const claimed = await claim();
  answers[0]?.(taskSeen({ id: 'a' }));
  // The answer is handed to the job writer, whose group is not written before the clock moves.
  await new Promise((resolve) => setImmediate(resolve));
  const poll = heart.reader.read(keyOf('a'), claimed);
  await heart.clock.advance(200);
  await Promise.all([query, poll]);
  expect(answers.length).toBe(1);
  await heart.clock.advance(5000);
  expect((await claim())?.job.id).toBe('a');
});

it('reads once more for a webhook that comes while a poll is under way, and writes both', async () => {
  await start();
  const poll = heart.reader.read(keyOf('a'), await claim());
  await heart.clock.advance(10);
  const readBack = heart.reader.refresh(keyOf('a'), heart.clock.now());
  await heart.clock.advance(0);
  expect(answers.length).toBe(1);
  answers[0]?.(taskSeen({ id: 'a', progress: 40 }));
  await heart.clock.advance(100);
  expect(await poll).toMatchObject({ version: 2, progress: 40 });
  await heart.clock.advance(100);
  answers[1]?.(taskSeen({ id: 'a', progress: 60 }));
  await heart.clock.advance(100);
  expect(await readBack).toMatchObject({ version: 3, progress: 60 });
  expect(answers.length).toBe(2);
});
