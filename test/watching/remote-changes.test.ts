import { afterEach, expect, it } from 'vitest';
import type { Job } from '../../src/domain/job.ts';
import { startRemoteChanges } from '../../src/jobs/watching/remote-changes.ts';
import { createSignal } from '../../src/runtime/signal.ts';
import { StoreUnavailableError, type Store } from '../../src/store/store.ts';
import type { JobChange, InstanceWakeUps } from '../../src/store/instance-wake-ups.ts';
import { createFailpoints, held, once } from '../support/purchases/failpoint-store.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { startJobEngine, keyOf } from '../support/jobs/start-job-engine.ts';
import { taskSeen } from '../support/akool/observations.ts';

let end: () => Promise<void>;

afterEach(async () => {
  await end();
  removeFolders();
});

/** One instance that relays what is written past its hub, as another instance would. */
async function startInstance() {
  const hearers = new Set<(changes: readonly JobChange[]) => void>();
  const wakeUps: InstanceWakeUps = {
    isHearing: () => true,
    listen(hear) {
      hearers.add(hear);
      return () => void hearers.delete(hear);
    },
  };
  let away = false;
  const failpoints = createFailpoints();
  const share = (store: Store): Store => ({
    ...store,
    isShared: true,
    wakeUps,
    // What is written here is written by another instance, whose own watchers alone are told of it.
    jobsWritten: createSignal(),
    readJobs: (keys) =>
      away ? Promise.reject(new StoreUnavailableError('away')) : store.readJobs(keys),
  });
  const heart = await startJobEngine({
    readTask: () => Promise.reject(new Error('not used')),
    wrapStore: (store) => share(failpoints.wrap(store)),
  });
  const { store, hub, clock } = heart;
  const silent = (): void => undefined;
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const relay = startRemoteChanges({ store, hub, clock, log });
  end = async () => {
    away = false;
    relay.stop();
    await heart.stop();
  };
  const heard: number[] = [];
  return {
    clock,
    heard,
    make: (ids = ['a']) => heart.make(ids),
    watch: () => hub.listen(keyOf('a'), (job) => heard.push(job.version)),
    watchAnother: (id: string) => hub.listen(keyOf(id), () => undefined),
    /** The next sweep waits before it reads how far the teams are. Returns what lets it go on. */
    holdSequences() {
      const { fault, letGo } = held();
      failpoints.before('readSequences', once(fault));
      return letGo;
    },
    /** What is read of jobs next arrives late. Returns what lets it. */
    holdJobs() {
      const { fault, letGo } = held();
      failpoints.after('readJobs', once(fault));
      return letGo;
    },
    setAway(value: boolean) {
      away = value;
    },
    /** Another instance writes the job's next version. */
    async change(): Promise<Job> {
      const [stored] = await heart.store.readJobs([keyOf('a')]);
      if (stored === undefined) throw new Error('The job was not made.');
      const { job, schedule } = stored;
      const next = { ...job, ...taskProgress(job.version), version: job.version + 1 };
      await store.writeJobs([{ job: next, schedule, seenVersion: job.version }]);
      return next;
    },
    wakeUp(job: Job): void {
      for (const hear of hearers) hear([job]);
    },
  };
}

const taskProgress = (version: number) => ({
  progress: taskSeen({ progress: version }).progress ?? 0,
});

it('tells at once what a wake-up names', async () => {
  const one = await startInstance();
  await one.make();
  one.watch();
  one.wakeUp(await one.change());
  await one.clock.advance(50);
  expect(one.heard).toEqual([2]);
});

it('finds by sweeping what no wake-up named, also before the first sweep', async () => {
  const one = await startInstance();
  await one.make();
  one.watch();
  one.wakeUp(await one.change());
  await one.clock.advance(50);
  await one.change();
  await one.clock.advance(3100);
  expect(one.heard.at(-1)).toBe(3);
  await one.change();
  await one.clock.advance(3100);
  expect(one.heard.at(-1)).toBe(4);
});

it('finds by sweeping what changed behind hundreds of changes of its team', async () => {
  const one = await startInstance();
  await one.make();
  one.watch();
  // From the second sweep on it is found by its team's sequence alone.
  await one.clock.advance(6200);
  await one.make(Array.from({ length: 250 }, (_, index) => `other-${index}`));
  await one.change();
  await one.clock.advance(3100);
  expect(one.heard.at(-1)).toBe(2);
});

it('finds by sweeping what could not be read when a wake-up named it', async () => {
  const one = await startInstance();
  await one.make();
  one.watch();
  await one.clock.advance(3100);
  one.setAway(true);
  one.wakeUp(await writeWhileAway(one));
  await one.clock.advance(7000);
  one.setAway(false);
  await one.clock.advance(3100);
  expect(one.heard.at(-1)).toBe(2);
});

it('finds by sweeping what changed behind a look that a wake-up made while a sweep was under way', async () => {
  const one = await startInstance();
  await one.make(['a', 'b']);
  one.watchAnother('b');
  await one.clock.advance(3100);
  const readSequences = one.holdSequences();
  await one.clock.advance(3000);
  one.watch();
  const seen = await one.change();
  const tellJobs = one.holdJobs();
  one.wakeUp(seen);
  await one.clock.advance(50);
  // No wake-up tells of this one.
  await one.change();
  readSequences();
  await one.clock.advance(50);
  tellJobs();
  await one.clock.advance(3100);
  expect(one.heard.at(-1)).toBe(3);
});

/** The instance's own reads fail; the other one's do not. */
async function writeWhileAway(one: Awaited<ReturnType<typeof startInstance>>): Promise<Job> {
  one.setAway(false);
  const job = await one.change();
  one.setAway(true);
  return job;
}
