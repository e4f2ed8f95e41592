import { expect, it } from 'vitest';
import type { Job } from '../../../src/domain/job.ts';
import type { ClaimedJob } from '../../../src/store/schedule-store.ts';
import type { JobWrite } from '../../../src/store/job-store.ts';
import { freshTeam, made, next, schedule, type StoreHarness, task } from './store-harness.ts';

const LEASE_MS = 200;
const FAR_MS = 1_000_000;

/** claimDue, nextDue, markWatched and releaseLeases. */
export function describeSchedule(harness: () => StoreHarness): void {
  const ids = (claims: readonly ClaimedJob[]): string[] => claims.map(({ job }) => job.id);
  const confirmed = (job: Job, lease: number, dueAt: number | null = null): JobWrite => ({
    job,
    schedule: schedule({ dueAt }),
    seenVersion: job.version,
    lease,
  });

  it('claims what is due: watched jobs first, then the longest due', async () => {
    const { store, now } = harness();
    const [team, other] = [freshTeam(), freshTeam()];
    const due = (id: string, ago: number) => made(task(team, id), { dueAt: now() - ago });
    await store.writeJobs([
      due('late', 500),
      due('later', 900),
      due('watched', 100),
      due('watched-longer', 200),
      due('not-yet', -FAR_MS),
      made(task(team, 'never')),
      made(task(team, 'finished', { status: 'FAILED' }), { dueAt: 1 }),
      made(task(other, 'other'), { dueAt: 1 }),
    ]);
    const interest = (id: string) => ({ key: task(team, id), withinMs: null });
    await store.markWatched(['watched', 'watched-longer'].map(interest), now() + FAR_MS);
    expect(ids(await store.claimDue([{ teams: [team], limit: 3 }], LEASE_MS))).toEqual([
      'watched-longer',
      'watched',
      'later',
    ]);
    expect(ids(await store.claimDue([{ teams: [team, other], limit: 9 }], LEASE_MS))).toEqual([
      'other',
      'late',
    ]);
    expect(await store.claimDue([{ teams: [team, other], limit: 9 }], LEASE_MS)).toEqual([]);
    expect(await store.claimDue([{ teams: [], limit: 9 }], LEASE_MS)).toEqual([]);
  });

  it('finds the few that are watched behind a backlog, and forgets who no longer watches', async () => {
    const { store, now, pass } = harness();
    const team = freshTeam();
    const watched = ['w1', 'w2'].map((id) => made(task(team, id), { dueAt: now() - 1 }));
    const backlog = Array.from({ length: 30 }, (_, place) =>
      made(task(team, `b${String(place).padStart(2, '0')}`), { dueAt: now() - 1000 + place }),
    );
    await store.writeJobs([...backlog, ...watched]);
    const marks = watched.map(({ job }) => ({ key: job, withinMs: null }));
    await store.markWatched(marks, now() + LEASE_MS);
    const claim = async (limit: number) => store.claimDue([{ teams: [team], limit }], FAR_MS);
    const [first, ...others] = await claim(3);
    expect([first, ...others].map((each) => each?.job.id).sort()).toEqual(['b00', 'w1', 'w2']);
    expect(first?.schedule.watchedUntil).toBeGreaterThan(now());
    await pass(LEASE_MS + 1);
    await store.releaseLeases();
    expect(ids(await claim(2))).toEqual(['b00', 'b01']);
    const rest = await claim(99);
    expect(rest).toHaveLength(30);
    // A mark that has run out goes with the next write.
    const written = await store.writeJobs(rest.map(({ job, lease }) => confirmed(job, lease)));
    expect(written.every(({ schedule: { watchedUntil } }) => watchedUntil === 0)).toBe(true);
  });

  it('gives each share its own number of jobs', async () => {
    const { store, now } = harness();
    const [team, sibling, other] = [freshTeam(), freshTeam(), freshTeam()];
    const due = (owner: string, id: string, ago: number) =>
      made(task(owner, id), { dueAt: now() - ago });
    await store.writeJobs([
      ...['a', 'b', 'c'].map((id, index) => due(team, id, 900 - index)),
      due(sibling, 'sibling', 1000),
      ...['x', 'y', 'z'].map((id, index) => due(other, id, 100 - index)),
    ]);
    const shares = [
      { teams: [team, sibling], limit: 2 },
      { teams: [other], limit: 1 },
      { teams: [freshTeam()], limit: 5 },
    ];
    expect(ids(await store.claimDue(shares, LEASE_MS))).toEqual(['sibling', 'a', 'x']);
    expect(ids(await store.claimDue(shares, LEASE_MS))).toEqual(['b', 'c', 'y']);
  });

  it('never hands a due job to two of many claimers, and each to one of them', async () => {
    const { store } = harness();
    const team = freshTeam();
    const writes = Array.from({ length: 40 }, (_, index) =>
      made(task(team, `job-${index}`), { dueAt: 1 }),
    );
    await store.writeJobs(writes);
    const claimed: string[] = [];
    while (claimed.length < 40) {
      const claims = await Promise.all(
        Array.from({ length: 20 }, () => store.claimDue([{ teams: [team], limit: 3 }], FAR_MS)),
      );
      const got = claims.flatMap(ids);
      // One of those who come at once always gets what it asked for.
      expect(got.length).toBeGreaterThan(0);
      claimed.push(...got);
    }
    expect(claimed).toHaveLength(40);
    expect(new Set(claimed).size).toBe(40);
  });

  it('gives a lease back with the write that it was for', async () => {
    const { store } = harness();
    const team = freshTeam();
    await store.writeJobs([
      made(task(team, 'a'), { dueAt: 1 }),
      made(task(team, 'b'), { dueAt: 1 }),
    ]);
    const [a, b] = await store.claimDue([{ teams: [team], limit: 2 }], FAR_MS);
    if (!a || !b) throw new Error('unreachable');
    const written = await store.writeJobs([
      confirmed(a.job, a.lease, 2),
      next(b.job, { progress: 4 }, { lease: b.lease, schedule: schedule({ dueAt: 3 }) }),
    ]);
    expect(written).toHaveLength(2);
    const again = await store.claimDue([{ teams: [team], limit: 9 }], FAR_MS);
    expect(ids(again)).toEqual(ids([a, b]));
    expect(again.every(({ lease }, index) => lease > ([a, b][index]?.lease ?? 0))).toBe(true);
  });

  it('refuses a write under a lease that somebody else has by now', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    await store.writeJobs([made(task(team, 'a'), { dueAt: 1 })]);
    const [slow] = await store.claimDue([{ teams: [team], limit: 1 }], LEASE_MS);
    await pass(LEASE_MS + 1);
    const [quick] = await store.claimDue([{ teams: [team], limit: 1 }], FAR_MS);
    if (!slow || !quick) throw new Error('unreachable');
    expect(await store.writeJobs([confirmed(slow.job, slow.lease)])).toEqual([]);
    expect(await store.writeJobs([next(slow.job, {}, { lease: slow.lease })])).toEqual([]);
    expect(await store.writeJobs([next(quick.job, {}, { lease: quick.lease })])).toHaveLength(1);
  });

  it('lets a write without a lease pass, and leaves the lease', async () => {
    const { store } = harness();
    const team = freshTeam();
    await store.writeJobs([made(task(team, 'a'), { dueAt: 1 })]);
    const [claim] = await store.claimDue([{ teams: [team], limit: 1 }], FAR_MS);
    if (!claim) throw new Error('unreachable');
    const due = schedule({ dueAt: 1 });
    const seen = { job: claim.job, schedule: due, seenVersion: claim.job.version };
    expect(await store.writeJobs([seen])).toHaveLength(1);
    expect(await store.claimDue([{ teams: [team], limit: 1 }], FAR_MS)).toEqual([]);
    const change = next(claim.job, { progress: 8 }, { schedule: due });
    expect(await store.writeJobs([change])).toHaveLength(1);
    expect(await store.claimDue([{ teams: [team], limit: 1 }], FAR_MS)).toEqual([]);
    // The version has moved on, so the holder has lost the race and reads again.
    expect(await store.writeJobs([confirmed(claim.job, claim.lease)])).toEqual([]);
    expect(await store.writeJobs([confirmed(change.job, claim.lease)])).toHaveLength(1);
  });

  it('knows when the next job is due or its lease ends', async () => {
    const { store, now } = harness();
    const team = freshTeam();
    expect(await store.nextDue([team])).toBeNull();
    const soon = now() + FAR_MS;
    await store.writeJobs([
      made(task(team, 'never')),
      made(task(team, 'later'), { dueAt: soon + 5 }),
      made(task(team, 'soon'), { dueAt: soon }),
    ]);
    expect(await store.nextDue([team])).toBe(soon);
    await store.markWatched([{ key: task(team, 'soon'), withinMs: null }], soon);
    expect(await store.nextDue([team])).toBe(soon);
    expect(await store.nextDue([freshTeam()])).toBeNull();
    await store.writeJobs([made(task(team, 'due'), { dueAt: 7 })]);
    expect(await store.nextDue([team])).toBe(7);
    const before = now();
    await store.claimDue([{ teams: [team], limit: 1 }], LEASE_MS);
    const leased = Number(await store.nextDue([team]));
    expect(leased).toBeGreaterThanOrEqual(before + LEASE_MS);
    expect(leased).toBeLessThanOrEqual(now() + LEASE_MS);
  });

  it('marks jobs as watched and makes them due soon enough after the last look', async () => {
    const { store, now } = harness();
    const until = now() + FAR_MS;
    const team = freshTeam();
    const jobs = ['early', 'late', 'never'].map((id) => task(team, id));
    const finished = task(team, 'finished', { status: 'COMPLETED' });
    // They were last looked at when they were observed.
    const dueAt = [1010, 1099, null];
    await store.writeJobs([
      ...jobs.map((job, index) => made(job, { dueAt: dueAt[index] ?? null })),
      made(finished),
    ]);
    const interests = [...jobs, finished, task(team, 'unknown'), task(team, 'un\0known')];
    await store.markWatched(
      interests.flatMap((key) => [
        { key, withinMs: 50 },
        { key, withinMs: 60 },
      ]),
      until,
    );
    await store.markWatched([], until + 1);
    const read = async () =>
      Object.fromEntries(
        (await store.readJobs(interests)).map((stored) => [
          stored.job.id,
          [stored.schedule.dueAt, stored.schedule.watchedUntil],
        ]),
      );
    const marked = {
      early: [1010, until],
      late: [1050, until],
      never: [1050, until],
      finished: [null, 0],
    };
    expect(await read()).toEqual(marked);
    // Marks can be taken back without anything becoming due; a write of the job leaves them as they are.
    await store.markWatched([{ key: task(team, 'late'), withinMs: null }], 0);
    await store.writeJobs([next(task(team, 'never'), {}, { schedule: schedule({ dueAt: 70 }) })]);
    expect(await read()).toEqual({ ...marked, late: [1050, 0], never: [70, until] });
  });

  it.each(['confirms it', 'brings news of it', 'changes its status'])(
    'marks a job as watched by a write that says so and %s',
    async (does) => {
      const { store, now } = harness();
      const watchedUntil = now() + FAR_MS;
      const job = task(freshTeam(), 'a');
      await store.writeJobs([made(job, { dueAt: 1 })]);
      const write = (seen: Job, fields: Partial<JobWrite>): JobWrite => {
        if (does === 'confirms it') return { ...next(seen, {}, fields), job: seen };
        if (does === 'brings news of it')
          return next(seen, { supportId: `${seen.version}` }, fields);
        return next(seen, { status: 'PROCESSING' }, { ...fields, keepsStatus: false });
      };
      const [marked] = await store.writeJobs([write(job, { watchedUntil })]);
      expect(marked?.schedule.watchedUntil).toBe(watchedUntil);
      const [later] = await store.writeJobs([write(marked?.job ?? job, {})]);
      expect(later?.schedule.watchedUntil).toBe(watchedUntil);
      expect(await store.readJobs([job])).toMatchObject([{ schedule: { watchedUntil } }]);
      await store.markWatched([{ key: job, withinMs: null }], now() - 1);
      const [over] = await store.writeJobs([write(later?.job ?? job, {})]);
      expect(over?.schedule.watchedUntil).toBe(0);
    },
  );

  it('gives all leases back at once', async () => {
    const { store } = harness();
    const team = freshTeam();
    await store.writeJobs([made(task(team, 'a'), { dueAt: 1 })]);
    const [first] = await store.claimDue([{ teams: [team], limit: 1 }], FAR_MS);
    await store.releaseLeases();
    const [second] = await store.claimDue([{ teams: [team], limit: 1 }], FAR_MS);
    expect(second?.lease).toBeGreaterThan(first?.lease ?? Number.POSITIVE_INFINITY);
  });

  it('leases jobs by name, due or not, unless somebody has them', async () => {
    const { store, now } = harness();
    const team = freshTeam();
    const before = now();
    const [resting, due] = ['resting', 'due'].map((id) => task(team, id));
    const finished = task(team, 'finished', { status: 'FAILED' });
    if (!resting || !due) throw new Error('unreachable');
    await store.writeJobs([made(resting), made(due, { dueAt: 1 }), made(finished)]);
    const keys = [resting, due, finished, task(team, 'unknown'), task(team, 'un\0known')];
    const claimed = await store.claimJobs(keys, FAR_MS);
    expect(ids(claimed).sort()).toEqual(['due', 'resting']);
    for (const { schedule: seen } of claimed) {
      expect(seen.readAt).toBeGreaterThanOrEqual(before);
      expect(seen.readAt).toBeLessThanOrEqual(now());
    }
    expect(await store.claimJobs(keys, FAR_MS)).toEqual([]);
    expect(await store.claimDue([{ teams: [team], limit: 9 }], FAR_MS)).toEqual([]);
    expect(await store.claimJobs([], FAR_MS)).toEqual([]);
    const held = claimed.find(({ job }) => job.id === 'resting');
    if (!held) throw new Error('unreachable');
    await store.writeJobs([confirmed(held.job, held.lease)]);
    const [again] = await store.claimJobs([resting], FAR_MS);
    expect(again?.lease).toBeGreaterThan(held.lease);
  });

  it('renews the leases that still hold', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    const [a, b] = ['a', 'b'].map((id) => task(team, id));
    if (!a || !b) throw new Error('unreachable');
    await store.writeJobs([made(a), made(b)]);
    const [ended] = await store.claimJobs([a], LEASE_MS / 2);
    const [held] = await store.claimJobs([b], LEASE_MS * 2);
    if (!ended || !held) throw new Error('unreachable');
    await pass(LEASE_MS);
    const leases = [ended, held].map(({ job, lease }) => ({ key: job, lease }));
    await store.renewLeases(leases, FAR_MS);
    await pass(LEASE_MS * 2);
    expect(ids(await store.claimJobs([a, b], FAR_MS))).toEqual(['a']);
    await store.releaseLeases();
  });
}
