import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, firstJob } from '../../src/domain/advance.ts';
import { isFinal, type Job, rankOf } from '../../src/domain/job.ts';
import type { TaskObservation } from '../../src/domain/observation.ts';
import { analysisSeen, taskSeen } from '../support/akool/observations.ts';

const output = 'https://example.com/output/result.mp4';
const origin = {
  team: 'default',
  madeHere: false,
  videoUrl: 'https://example.com/videos/source.mp4',
  request: null,
};

function task(changes: Partial<TaskObservation> = {}): Job {
  return firstJob(origin, taskSeen(changes), 1000);
}

describe('a first observation', () => {
  it('is version 1, seen now', () => {
    expect(task({ createdAt: 500 })).toMatchObject({
      version: 1,
      status: 'PROCESSING',
      progress: 10,
      createdAt: 500,
      updatedAt: 1000,
      observedAt: 1000,
    });
  });

  it('may already be the end', () => {
    expect(task({ status: 'COMPLETED', outputUrl: output })).toMatchObject({
      version: 1,
      status: 'COMPLETED',
      progress: 100,
      outputUrl: output,
    });
  });
});

describe('a later observation', () => {
  it('that says the same only confirms', () => {
    const { job } = advance(task(), taskSeen(), 2000, 1000);
    expect(job).toMatchObject({ version: 1, updatedAt: 1000, observedAt: 2000 });
  });

  it('that says something new makes the next version', () => {
    const { job } = advance(task(), taskSeen({ progress: 60 }), 2000, 1000);
    expect(job).toMatchObject({ version: 2, progress: 60, updatedAt: 2000 });
  });

  it('is not believed to be COMPLETED without an output URL', () => {
    const { job } = advance(task(), taskSeen({ status: 'COMPLETED', progress: 100 }), 2000, 1000);
    expect(job).toMatchObject({ status: 'PROCESSING', progress: 99, outputUrl: null });
  });

  it('never shows an output URL before COMPLETED', () => {
    const { job } = advance(task(), taskSeen({ outputUrl: output }), 2000, 1000);
    expect(job).toMatchObject({ status: 'PROCESSING', outputUrl: null });
  });

  it('of a lower or unknown status is an anomaly that neither moves nor confirms', () => {
    for (const status of ['QUEUED', null] as const) {
      const { job, anomaly } = advance(task(), taskSeen({ status }), 2000, 1000);
      expect(job).toEqual(task());
      expect(anomaly).toContain('after PROCESSING');
    }
  });

  it('of an unknown status changes nothing at all, progress included', () => {
    const known = task();
    const seen = taskSeen({ status: null, progress: 99, durationSeconds: 7, supportId: 'other' });
    expect(advance(known, seen, 2000, 1000).job).toEqual(known);
  });

  it('that COMPLETED without its result is PROCESSING, and an anomaly', () => {
    const { job, anomaly } = advance(task(), taskSeen({ status: 'COMPLETED' }), 2000, 1000);
    expect(job.status).toBe('PROCESSING');
    expect(anomaly).toBe('COMPLETED without its result');
  });

  it('makes a job overdue that was first seen two hours ago, until it ends', () => {
    const hour = 60 * 60 * 1000;
    const young = advance(task(), taskSeen(), 1000 + 2 * hour - 1, 1000).job;
    expect(young.overdueSince).toBeNull();
    const old = advance(young, taskSeen(), 1000 + 2 * hour, 1000);
    expect(old.job.overdueSince).toBe(1000 + 2 * hour);
    expect(old.job.version).toBe(young.version + 1);
    const older = advance(old.job, taskSeen(), 1000 + 5 * hour, 1000);
    expect(older.job.version).toBe(old.job.version);
    expect(older.job.overdueSince).toBe(1000 + 2 * hour);
    const seen = taskSeen({ status: 'COMPLETED', outputUrl: output });
    expect(advance(older.job, seen, 1000 + 6 * hour, 1000).job.overdueSince).toBeNull();
  });

  it('of a finished job changes nothing, and is reported when it contradicts', () => {
    const done = task({ status: 'COMPLETED', outputUrl: output });
    const same = advance(done, taskSeen({ status: 'COMPLETED', outputUrl: output }), 2000, 1000);
    expect(same).toEqual({ job: done, anomaly: null });
    const other = advance(done, taskSeen({ status: 'FAILED' }), 2000, 1000);
    expect(other).toEqual({ job: done, anomaly: 'status FAILED after COMPLETED' });
  });

  it('of a failure carries AKOOL’s words, cut to 500 characters, or ours', () => {
    const long = advance(
      task(),
      taskSeen({ status: 'FAILED', failure: { reason: 'x'.repeat(900), code: 7 } }),
      2,
      1000,
    );
    expect(long.job.failure).toEqual({ reason: 'x'.repeat(500), code: 7 });
    const none = advance(task(), taskSeen({ status: 'FAILED', failure: { reason: ' ' } }), 2, 1000);
    expect(none.job.failure).toEqual({
      reason: 'AKOOL reported a failure without giving a reason.',
      code: null,
    });
  });
});

describe('an analysis', () => {
  it('is COMPLETED with an empty list of persons, but not without a list', () => {
    const running = firstJob(origin, analysisSeen(), 1000);
    const without = advance(
      running,
      analysisSeen({ status: 'COMPLETED', persons: null }),
      2000,
      1000,
    );
    expect(without.job.status).toBe('PROCESSING');
    const nobody = advance(running, analysisSeen({ status: 'COMPLETED', persons: [] }), 2000, 1000);
    expect(nobody.job).toMatchObject({ status: 'COMPLETED', persons: [], progress: 100 });
  });

  it('shows persons only once COMPLETED', () => {
    const persons = [{ objId: 0, previewUrl: null }];
    const running = firstJob(origin, analysisSeen({ persons }), 1000);
    expect(running).toMatchObject({ status: 'PROCESSING', persons: [] });
    const done = advance(running, analysisSeen({ status: 'COMPLETED', persons }), 2000, 1000);
    expect(done.job).toMatchObject({ persons });
  });
});

it('never goes back, whatever AKOOL says', () => {
  const observation = fc.record({
    status: fc.constantFrom('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', null),
    progress: fc.oneof(fc.constant(null), fc.double({ min: -50, max: 500, noNaN: true })),
    outputUrl: fc.constantFrom(null, output, 'https://example.com/other.mp4'),
    deductionDuration: fc.constantFrom(null, 1, 2),
  });
  fc.assert(
    fc.property(fc.array(observation, { minLength: 1, maxLength: 20 }), (observations) => {
      let job = task(observations[0]);
      for (const [step, changes] of observations.slice(1).entries()) {
        const next = advance(job, taskSeen(changes), 2000 + step, 1000);
        const isConfirmed = isDeepStrictEqual(
          { ...next.job, observedAt: 0 },
          { ...job, observedAt: 0 },
        );
        expect(next.job.version - job.version).toBe(isConfirmed ? 0 : 1);
        expect(rankOf(next.job.status)).toBeGreaterThanOrEqual(rankOf(job.status));
        expect(next.job.progress).toBeGreaterThanOrEqual(job.progress);
        expect(isFinal(job.status) && !isConfirmed).toBe(false);
        expect(next.job.progress === 100).toBe(next.job.status === 'COMPLETED');
        expect((next.job.failure !== null) === (next.job.status === 'FAILED')).toBe(true);
        const shown = next.job.kind === 'HEAD_SWAP_TASK' ? next.job.outputUrl : null;
        expect(shown !== null).toBe(next.job.status === 'COMPLETED');
        job = next.job;
      }
    }),
  );
});
