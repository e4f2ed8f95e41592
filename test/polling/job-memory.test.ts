import { describe, expect, it } from 'vitest';
import { createJobMemory } from '../../src/jobs/polling/job-memory.ts';
import { createSignal } from '../../src/runtime/signal.ts';
import type { StoredJob, WrittenJob } from '../../src/store/job-store.ts';
import type { JobChange } from '../../src/store/instance-wake-ups.ts';
import { aTask } from '../support/jobs/fake-jobs.ts';
import { createManualClock } from '../support/time/manual-clock.ts';

const KEY = { team: 'team-1', kind: 'HEAD_SWAP_TASK', id: 'task-1' } as const;

function stored(version: number, observedAt = version): StoredJob {
  return {
    job: aTask({ version, observedAt }),
    sequence: version,
    schedule: {
      dueAt: null,
      failures: 0,
      deniedSince: null,
      watchedUntil: 0,
      hasWebhook: false,
      readAt: null,
      firstSeenAt: 0,
    },
  };
}

function setUp({ isShared = true } = {}) {
  const clock = createManualClock();
  const jobsWritten = createSignal<readonly WrittenJob[]>();
  let wake = (_changes: readonly JobChange[]): void => {};
  const wakeUps = {
    isHearing: () => true,
    listen(hear: typeof wake) {
      wake = hear;
      return () => {};
    },
  };
  const memory = createJobMemory({ isShared, jobsWritten, wakeUps }, clock);
  const versionKnown = (): number | undefined => memory.recall(KEY)?.job.version;
  const write = (version: number): void =>
    jobsWritten.emit([{ stored: stored(version), isNewVersion: true }]);
  const confirm = (version: number): void =>
    jobsWritten.emit([{ stored: stored(version), isNewVersion: false }]);
  return {
    confirm,
    clock,
    memory,
    versionKnown,
    write,
    wake: (changes: JobChange[]) => wake(changes),
  };
}

describe('the memory of jobs', () => {
  it('knows what was learnt, of this team and kind alone', () => {
    const { memory, versionKnown } = setUp();
    expect(versionKnown()).toBeUndefined();
    memory.learn(stored(1));
    expect(versionKnown()).toBe(1);
    expect(memory.recall({ ...KEY, team: 'team-2' })).toBeNull();
    expect(memory.recall({ ...KEY, kind: 'ANALYSIS' })).toBeNull();
  });

  it('follows what is written here, and takes no late answer of the store for news', () => {
    const { memory, versionKnown, write, confirm } = setUp();
    confirm(1);
    expect(versionKnown()).toBeUndefined();
    write(2);
    expect(versionKnown()).toBe(2);
    write(3);
    expect(versionKnown()).toBe(3);
    memory.learn(stored(2));
    expect(versionKnown()).toBe(3);
  });

  it('forgets what another instance says it has changed', () => {
    const { memory, versionKnown, wake } = setUp();
    memory.learn(stored(2));
    wake([{ ...KEY, version: 2 }]);
    expect(versionKnown()).toBe(2);
    wake([{ ...KEY, version: 3 }]);
    expect(versionKnown()).toBeUndefined();
  });

  it.each([
    ['where others write, too', true, 1_000],
    ['where only the command line does', false, 10_000],
  ])('believes nothing for long: %s', async (_where, isShared, believedMs) => {
    const { clock, memory, versionKnown } = setUp({ isShared });
    memory.learn(stored(1));
    await clock.advance(believedMs - 1);
    expect(versionKnown()).toBe(1);
    await clock.advance(1);
    expect(versionKnown()).toBeUndefined();
    expect(memory.lastKnown(KEY)).toEqual(stored(1));
  });
});
