import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { isFinal, type Job, JOB_STATUSES } from '../../../src/domain/job.ts';
import type { JobListQuery, JobPosition, StoredJob } from '../../../src/store/job-store.ts';
import { analysis, freshTeam, made, next, type StoreHarness, task } from './store-harness.ts';

/** listJobs, readChanges and readUnfinished. */
export function describeJobLists(harness: () => StoreHarness): void {
  const everything = (team: string): JobListQuery => ({
    team,
    kind: 'HEAD_SWAP_TASK',
    statuses: null,
    analysisId: null,
    after: null,
    limit: 100,
  });

  it('lists what was made here, newest first, then by id', async () => {
    const { store } = harness();
    const [team, other] = [freshTeam(), freshTeam()];
    await store.writeJobs([
      made(task(team, 'b', { createdAt: 5 })),
      made(task(team, 'c', { createdAt: 5 })),
      made(task(team, 'a', { createdAt: 9 })),
      made(task(team, 'foreign', { madeHere: false, request: null })),
      made(analysis(team, 'analysis')),
      made(task(other, 'd')),
    ]);
    const ids = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id);
    expect(ids(await store.listJobs(everything(team)))).toEqual(['a', 'c', 'b']);
    expect(ids(await store.listJobs({ ...everything(team), limit: 2 }))).toEqual(['a', 'c']);
    expect(ids(await store.listJobs({ ...everything(team), kind: 'ANALYSIS' }))).toEqual([
      'analysis',
    ]);
    expect(await store.listJobs({ ...everything(team), statuses: [] })).toEqual([]);
    expect(await store.listJobs({ ...everything(team), analysisId: 'a\0' })).toEqual([]);
  });

  it('pages through any list without a gap or a repetition', async () => {
    const { store } = harness();
    const job = fc.record({
      createdAt: fc.integer({ min: 1, max: 4 }),
      status: fc.constantFrom(...JOB_STATUSES),
      analysisId: fc.constantFrom('x', 'y'),
    });
    const filter = fc.record({
      statuses: fc.option(fc.array(fc.constantFrom(...JOB_STATUSES), { minLength: 1 })),
      analysisId: fc.option(fc.constantFrom('x', 'y')),
      limit: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 14 }), filter, async (fields, query) => {
        const team = freshTeam();
        const jobs = fields.map(({ analysisId, ...rest }, index) => {
          const request = { analysisId, mappings: [], keepOriginalSound: true, templateId: null };
          return task(team, `id-${index}`, { ...rest, request });
        });
        await store.writeJobs(jobs.map((each) => made(each)));
        const expected = jobs
          .filter(({ status }) => query.statuses?.includes(status) ?? true)
          .filter(({ request }) =>
            query.analysisId === null ? true : request?.analysisId === query.analysisId,
          )
          .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
        const listed: Job[] = [];
        let after: JobPosition | null = null;
        // At most one page more than there are jobs: a list that goes in circles must not go on for ever.
        for (let pages = 0; pages <= jobs.length; pages += 1) {
          const page = await store.listJobs({ ...everything(team), ...query, after });
          expect(page.length).toBeLessThanOrEqual(query.limit);
          listed.push(...page);
          const last = page.at(-1);
          if (last === undefined) break;
          after = { createdAt: last.createdAt, id: last.id };
        }
        expect(listed.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      }),
      { numRuns: 60 },
    );
  });

  it('tells each changed job once, at its latest change', async () => {
    const { store } = harness();
    const team = freshTeam();
    const a = task(team, 'a');
    await store.writeJobs([
      made(a),
      made(task(team, 'b')),
      made(task(team, 'foreign', { madeHere: false, request: null })),
    ]);
    await store.writeJobs([next(a, { progress: 9 })]);
    const changes = await store.readChanges(team, 0, 100);
    expect(changes.map(({ job, sequence }) => [job.id, sequence])).toEqual([
      ['b', 2],
      ['a', 3],
    ]);
    expect(await store.readChanges(team, 0, 1)).toEqual(changes.slice(0, 1));
    expect(await store.readChanges(team, 2, 100)).toEqual(changes.slice(1));
    expect(await store.readChanges(team, 3, 100)).toEqual([]);
    const keys = changes.map(({ job: { kind, id, version }, sequence }) => {
      return { team, kind, id, version, sequence };
    });
    const other = freshTeam();
    await store.writeJobs([made(task(other, 'x')), made(task(other, 'y'))]);
    const after = (...places: [string, number][]) => store.readChangedKeys(new Map(places), 100);
    expect(await after([team, 0], [freshTeam(), 0])).toEqual(keys);
    expect(await after([team, 2])).toEqual(keys.slice(1));
    const both = await after([other, 1], [team, 0]);
    expect(both.filter((key) => key.team === team)).toEqual(keys);
    expect(both.filter((key) => key.team === other)).toMatchObject([{ id: 'y', sequence: 2 }]);
    const places = [team, other].map((one) => [one, 0] as const);
    const firsts = await store.readChangedKeys(new Map(places), 1);
    expect(firsts.map((key) => [key.team, key.sequence])).toEqual(
      [
        [team, 2],
        [other, 1],
      ].sort(),
    );
    expect(await after()).toEqual([]);
    const sequences = await store.readSequences([team, other, freshTeam()]);
    expect(sequences).toEqual(
      new Map([
        [team, 3],
        [other, 2],
      ]),
    );
  });

  it('lets no change slip past a reader that pages while others write', async () => {
    const { store } = harness();
    const team = freshTeam();
    const jobs = Array.from({ length: 40 }, (_, index) => task(team, `job-${index}`));
    await store.writeJobs(jobs.map((job) => made(job)));
    let isWriting = true;
    const write = async (mine: readonly Job[]): Promise<void> => {
      let present = mine;
      for (let progress = 1; progress <= 10; progress += 1) {
        present = (await store.writeJobs(present.map((job) => next(job, { progress })))).map(
          ({ job }) => job,
        );
      }
    };
    const seen = new Map<string, StoredJob>();
    const read = async (): Promise<void> => {
      let cursor = 0;
      for (;;) {
        const wasWriting = isWriting;
        const page = await store.readChanges(team, cursor, 7);
        for (const change of page) {
          expect(change.sequence).toBeGreaterThan(cursor);
          cursor = change.sequence;
          seen.set(change.job.id, change);
        }
        if (page.length === 0 && !wasWriting) return;
        // Lets the writers, timers and sockets have their turn.
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
    };
    const writing = Promise.all([0, 10, 20, 30].map((from) => write(jobs.slice(from, from + 10))));
    await Promise.all([
      read(),
      writing.then(() => {
        isWriting = false;
      }),
    ]);
    expect([...seen.values()].map(({ job }) => job.progress)).toEqual(jobs.map(() => 10));
  });

  it('knows what is unfinished, oldest change first', async () => {
    const { store } = harness();
    const team = freshTeam();
    const jobs = JOB_STATUSES.flatMap((status) => [
      task(team, `task-${status}`, { status }),
      analysis(team, `analysis-${status}`, { status }),
      task(team, `foreign-${status}`, { status, madeHere: false, request: null }),
    ]);
    await store.writeJobs(jobs.map((job) => made(job)));
    const [first] = jobs;
    if (first) await store.writeJobs([next(first, { progress: 3 })]);
    const unfinished = jobs.filter((job) => job.madeHere && !isFinal(job.status));
    expect((await store.readUnfinished(team)).map(({ job }) => job.id)).toEqual([
      ...unfinished.slice(1).map(({ id }) => id),
      first?.id,
    ]);
  });

  it('counts the unfinished jobs made here that were first seen long ago, by kind, up to a bound', async () => {
    const { store } = harness();
    const team = freshTeam();
    // Before all that other tests write: the count is of every team.
    const jobs = JOB_STATUSES.flatMap((status) => [
      made(task(team, `old-${status}`, { status }), { firstSeenAt: 10 }),
      made(task(team, `new-${status}`, { status }), { firstSeenAt: 12 }),
      made(analysis(team, `old-${status}`, { status }), { firstSeenAt: 11 }),
      made(task(team, `foreign-${status}`, { status, madeHere: false, request: null }), {
        firstSeenAt: 10,
      }),
    ]);
    await store.writeJobs(jobs);
    expect(await store.countUnfinished(9, 100)).toEqual({ ANALYSIS: 0, HEAD_SWAP_TASK: 0 });
    expect(await store.countUnfinished(10, 100)).toEqual({ ANALYSIS: 0, HEAD_SWAP_TASK: 2 });
    expect(await store.countUnfinished(11, 100)).toEqual({ ANALYSIS: 2, HEAD_SWAP_TASK: 2 });
    expect(await store.countUnfinished(12, 3)).toEqual({ ANALYSIS: 1, HEAD_SWAP_TASK: 2 });
  });
}
