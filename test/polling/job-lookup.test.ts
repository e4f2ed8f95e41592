import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Job } from '../../src/domain/job.ts';
import type { TaskObservation } from '../../src/domain/observation.ts';
import { createJobLookup, type JobLookup } from '../../src/jobs/polling/job-lookup.ts';
import { taskSeen } from '../support/akool/observations.ts';
import { keyOf, PACE, startJobEngine } from '../support/jobs/start-job-engine.ts';
import { removeFolders } from '../support/processes/folder.ts';

const GRACE_MS = 200;

let engine: Awaited<ReturnType<typeof startJobEngine>>;
let lookup: JobLookup;
let answers: ((seen: TaskObservation) => void)[];
let hasRoom: boolean;

beforeEach(async () => {
  answers = [];
  hasRoom = true;
  engine = await startJobEngine({
    readTask: () => new Promise((resolve) => answers.push(resolve)),
  });
  const { store, reader, clock } = engine;
  lookup = createJobLookup({
    store,
    reader,
    hasRoom: () => hasRoom,
    clock,
    pace: PACE,
    graceMs: GRACE_MS,
  });
  await engine.make(['a']);
});
afterEach(async () => {
  for (const answer of answers) answer(taskSeen({ id: 'a' }));
  await engine.clock.advance(100);
  await engine.stop();
  removeFolders();
});

/** Asks for the job `afterMs` after it was seen last; what it is told, once it is. */
async function ask(
  afterMs: number,
  how: 'find' | 'findSoon' = 'findSoon',
): Promise<() => Job | null | undefined> {
  await engine.clock.advance(afterMs);
  let told: Job | null | undefined;
  void lookup[how](keyOf('a')).then((job) => (told = job));
  await engine.clock.advance(0);
  return () => told;
}

const answerRead = async (progress: number): Promise<void> => {
  answers.shift()?.(taskSeen({ id: 'a', progress }));
  await engine.clock.advance(20);
};

it('tells a query what is fresh, and reads nothing', async () => {
  const told = await ask(PACE.minMs - 1);
  expect(told()).toMatchObject({ id: 'a', progress: 0 });
  expect(answers.length).toBe(0);
});

it('does not let a query wait for a read that polling may still come with, and begins it', async () => {
  const told = await ask(PACE.minMs + GRACE_MS - 1);
  expect(told()).toMatchObject({ progress: 0 });
  expect(answers.length).toBe(1);
  await answerRead(40);
  expect((await ask(0))()).toMatchObject({ progress: 40 });
});

it('lets a query wait for the read of what is older', async () => {
  const told = await ask(PACE.minMs + GRACE_MS);
  await engine.clock.advance(50);
  expect(told()).toBeUndefined();
  await answerRead(40);
  expect(told()).toMatchObject({ progress: 40 });
});

it('tells what is known after a tenth of a second; the read goes on, once, and is written', async () => {
  const told = await ask(PACE.minMs + GRACE_MS);
  await engine.clock.advance(99);
  expect(told()).toBeUndefined();
  await engine.clock.advance(1);
  expect(told()).toMatchObject({ progress: 0 });
  expect((await ask(0))()).toMatchObject({ progress: 0 });
  expect(answers.length).toBe(1);
  await answerRead(40);
  expect((await ask(0))()).toMatchObject({ progress: 40 });
});

it('does not let a query wait at all where the budget is spent', async () => {
  hasRoom = false;
  expect((await ask(60_000))()).toMatchObject({ progress: 0 });
  expect(answers.length).toBe(1);
});

it('lets whoever is to buy wait for the read, however long it takes', async () => {
  hasRoom = false;
  const told = await ask(PACE.minMs, 'find');
  await engine.clock.advance(5_000);
  expect(told()).toBeUndefined();
  await answerRead(40);
  expect(told()).toMatchObject({ progress: 40 });
});
