import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isFinal, type Job, JOB_STATUSES } from '../../../src/domain/job.ts';
import {
  analysis,
  freshTeam,
  made,
  next,
  schedule,
  type StoreHarness,
  task,
} from './store-harness.ts';

/** readJobs, writeJobs and readSequence. */
export function describeJobWrites(harness: () => StoreHarness): void {
  it('gives back every field as it was written', async () => {
    const { store } = harness();
    const team = freshTeam();
    const odd = 'é😀 "\\ \u2028 a\0b \ud800 __proto__';
    const jobs: Job[] = [
      analysis(team, 'a1', {
        status: 'COMPLETED',
        progress: 100,
        videoUrl: `https://a.example/${odd}`,
        persons: [
          { objId: 0, previewUrl: null },
          { objId: 2, previewUrl: 'https://a.example/p.png' },
        ],
        video: { width: 1916, height: 1082, fps: 29.97, frameCount: null },
        supportId: odd,
      }),
      analysis(team, 'a2', { status: 'FAILED', failure: { reason: odd, code: null } }),
      task(team, 't1', {
        durationSeconds: 10.5,
        deductionDuration: 15,
        createdAt: 1_778_806_213_962,
      }),
      task(team, 't2', { madeHere: false, request: null, resolution: null }),
    ];
    await store.writeJobs(jobs.map((job) => made(job)));
    const found = await store.readJobs(jobs);
    expect(found.map(({ job }) => job).sort((a, b) => a.id.localeCompare(b.id))).toStrictEqual(
      jobs,
    );
  });

  it('finds jobs by team, kind and id alone', async () => {
    const { store } = harness();
    const [team, other] = [freshTeam(), freshTeam()];
    await store.writeJobs([made(analysis(team, 'x')), made(task(team, 'x', { progress: 7 }))]);
    const key = { team, kind: 'ANALYSIS', id: 'x' } as const;
    const found = await store.readJobs([key, key, { ...key, team: other }, { ...key, id: 'y' }]);
    expect(new Set(found.map(({ job }) => job.kind))).toEqual(new Set(['ANALYSIS']));
    expect(await store.readJobs([])).toEqual([]);
  });

  it.each(['x\0', 'x\0y', '\0', '\ud800', "x' or 1=1 --", ''])(
    'finds nothing under %j',
    async (id) => {
      const { store } = harness();
      const team = freshTeam();
      await store.writeJobs([made(task(team, 'x'))]);
      expect(await store.readJobs([{ team, kind: 'HEAD_SWAP_TASK', id }])).toEqual([]);
    },
  );

  it('inserts a job once', async () => {
    const { store } = harness();
    const job = task(freshTeam(), 'x');
    const [first] = await store.writeJobs([made(job)]);
    expect(first).toEqual({
      job,
      sequence: 1,
      schedule: { ...schedule(), watchedUntil: 0, readAt: null },
    });
    expect(await store.writeJobs([made({ ...job, progress: 50 })])).toEqual([]);
    expect((await store.readJobs([job]))[0]?.job.progress).toBe(0);
  });

  it('writes what nobody overtook and leaves out the rest', async () => {
    const { store } = harness();
    const team = freshTeam();
    const jobs = ['a', 'b', 'c'].map((id) => task(team, id));
    await store.writeJobs(jobs.map((job) => made(job)));
    const [a, b, c] = jobs.map((job) => next(job, { progress: 10 }));
    if (!a || !b || !c) throw new Error('unreachable');
    await store.writeJobs([b]);
    const written = await store.writeJobs([a, { ...b, job: { ...b.job, progress: 99 } }, c]);
    expect(written.map(({ job }) => job.id).sort()).toEqual(['a', 'c']);
    expect((await store.readJobs(jobs)).map(({ job }) => job.progress)).toEqual([10, 10, 10]);
  });

  it('does not update what was never inserted', async () => {
    const { store } = harness();
    const job = task(freshTeam(), 'x');
    expect(await store.writeJobs([next(job, { progress: 1 })])).toEqual([]);
    expect(await store.writeJobs([{ ...made(job), seenVersion: 1 }])).toEqual([]);
    expect(await store.readJobs([job])).toEqual([]);
  });

  it('lets one of fifty writers of the same version win', async () => {
    const { store } = harness();
    const job = task(freshTeam(), 'x');
    await store.writeJobs([made(job)]);
    const written = await Promise.all(
      Array.from({ length: 50 }, (_, progress) => store.writeJobs([next(job, { progress })])),
    );
    const winners = written.flat();
    expect(winners).toHaveLength(1);
    expect(await store.readJobs([job])).toEqual(winners);
  });

  it('writes only the observation and the schedule of an unchanged version', async () => {
    const { store } = harness();
    const job = task(freshTeam(), 'x');
    await store.writeJobs([made(job)]);
    const later = schedule({ dueAt: 77, failures: 2, deniedSince: 5, hasWebhook: true });
    const written = await store.writeJobs([
      { job: { ...job, observedAt: 2_000, progress: 66 }, schedule: later, seenVersion: 1 },
    ]);
    expect(written).toEqual([
      {
        job: { ...job, observedAt: 2_000 },
        sequence: 1,
        schedule: { ...later, watchedUntil: 0, readAt: null },
      },
    ]);
    expect(await store.readJobs([job])).toEqual(written);
    expect(await store.readSequence(job.team)).toBe(1);
  });

  it('does not write a new status where the writer says that it stays', async () => {
    const { store } = harness();
    const job = task(freshTeam(), 'x', { status: 'QUEUED' });
    await store.writeJobs([made(job)]);
    const moved = next(job, { status: 'PROCESSING' });
    expect(await store.writeJobs([{ ...moved, keepsStatus: true }])).toEqual([]);
    expect(await store.writeJobs([moved])).toHaveLength(1);
  });

  it.each(['COMPLETED', 'FAILED'] as const)('never overwrites a %s job', async (status) => {
    const { store } = harness();
    const job = task(freshTeam(), 'x', { status });
    const [first] = await store.writeJobs([made(job, { dueAt: 5 })]);
    expect(first?.schedule.dueAt).toBeNull();
    const confirm = { job: { ...job, observedAt: 9 }, schedule: schedule(), seenVersion: 1 };
    expect(await store.writeJobs([next(job, { status: 'PROCESSING' })])).toEqual([]);
    expect(await store.writeJobs([confirm])).toEqual([]);
    expect(await store.readJobs([job])).toEqual([first]);
  });

  it('numbers the changes of a team in the order of the call, and no foreign job', async () => {
    const { store } = harness();
    const [team, other] = [freshTeam(), freshTeam()];
    expect(await store.readSequence(team)).toBe(0);
    const a = task(team, 'a');
    await store.writeJobs([made(a)]);
    const written = await store.writeJobs([
      made(analysis(team, 'z')),
      next(a, { progress: 5 }),
      made(task(team, 'foreign', { madeHere: false, request: null })),
      made(task(other, 'b')),
      made(task(team, 'b')),
    ]);
    const places = Object.fromEntries(
      written.map(({ job, sequence }) => [`${job.team}/${job.id}`, sequence]),
    );
    expect(places).toEqual({
      [`${team}/z`]: 2,
      [`${team}/a`]: 3,
      [`${team}/foreign`]: 0,
      [`${other}/b`]: 1,
      [`${team}/b`]: 4,
    });
    expect(await store.readSequence(team)).toBe(4);
    expect(await store.readSequence(other)).toBe(1);
  });

  it('keeps its promises under any history of writes', async () => {
    const { store } = harness();
    const ids = ['a', 'b', 'c'];
    const write = fc.record({
      id: fc.constantFrom(...ids),
      behind: fc.constantFrom(0, 0, 0, 1),
      isChange: fc.boolean(),
      status: fc.constantFrom(...JOB_STATUSES, 'PROCESSING' as const),
    });
    const calls = fc.array(fc.uniqueArray(write, { selector: ({ id }) => id, minLength: 1 }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(calls, async (history) => {
        const team = freshTeam();
        const model = new Map<string, Job>();
        const places = new Map<string, number>();
        let sequence = 0;
        for (const call of history) {
          const expected = new Set<string>();
          const writes = call.map(({ id, behind, isChange, status }) => {
            const known = model.get(id);
            const seen = known === undefined ? null : known.version - behind;
            const job = task(team, id, {
              status: isChange || !known ? status : known.status,
              version: (seen ?? 0) + (isChange || !known ? 1 : 0),
            });
            if (behind === 0 && !(known && isFinal(known.status))) expected.add(id);
            const seenVersion = behind === 1 && !known ? 3 : seen;
            const keepsStatus = job.status === known?.status;
            return { job, schedule: schedule(), seenVersion, keepsStatus };
          });
          const written = await store.writeJobs(writes);
          expect(new Set(written.map(({ job }) => job.id))).toEqual(expected);
          for (const { job, sequence: place } of written.sort((x, y) => x.sequence - y.sequence)) {
            const isChange = model.get(job.id)?.version !== job.version;
            // A change comes after all before it; what was only seen again stays in its place.
            expect(isChange ? place > sequence : place === places.get(job.id)).toBe(true);
            sequence = Math.max(sequence, place);
            places.set(job.id, place);
            model.set(job.id, job);
          }
          expect(await store.readSequence(team)).toBeGreaterThanOrEqual(sequence);
        }
        const stored = await store.readJobs(ids.map((id) => task(team, id)));
        expect(new Map(stored.map(({ job }) => [job.id, job]))).toEqual(model);
      }),
      { numRuns: 60 },
    );
  });
}
