import { expect, it } from 'vitest';
import type { Job, JobKey, TeamId } from '../../../src/domain/job.ts';
import type { CopyRequest, CopyStore } from '../../../src/store/media-store.ts';
import { analysis, freshTeam, made, next, task, type StoreHarness } from './store-harness.ts';

const FILE = { bytes: 5, contentType: 'video/mp4', sha256: 'ab'.repeat(32) };

/** The output of a task, the previews of an analysis. */
function requestsOf(job: Job): CopyRequest[] {
  const key = { team: job.team, kind: job.kind, id: job.id };
  if (job.kind === 'HEAD_SWAP_TASK') {
    return job.outputUrl === null ? [] : [{ key, slot: 'output', sourceUrl: job.outputUrl }];
  }
  return job.persons.map(({ objId, previewUrl }) => ({
    key,
    slot: `preview:${objId}` as const,
    sourceUrl: previewUrl ?? '',
  }));
}

/** What the store keeps about copies of jobs' files. */
export function describeCopies(harness: () => StoreHarness): void {
  const copies = (): CopyStore => harness().store.copies;

  const finish = async (team: TeamId, id: string): Promise<JobKey> => {
    const { store } = harness();
    const [running] = await store.writeJobs([made(task(team, id))]);
    const done = { status: 'COMPLETED', progress: 100, outputUrl: `https://x.example/${id}.mp4` };
    await store.writeJobs([next(running?.job ?? task(team, id), done as Partial<Job>)]);
    return { team, kind: 'HEAD_SWAP_TASK', id };
  };
  /** A finished task whose copy was asked for. */
  const asked = async (team: TeamId, id: string): Promise<JobKey> => {
    const key = await finish(team, id);
    await copies().requestCopies(team, requestsOf, 100);
    return key;
  };
  const claimOf = async (key: JobKey) => {
    const claimed = await copies().claimCopies(1_000, 1_000, 60_000);
    const mine = claimed.find(({ copy }) => copy.key.id === key.id && copy.key.team === key.team);
    if (mine === undefined) throw new Error('not claimed');
    return mine;
  };
  const only = async (key: JobKey) => (await copies().readCopies([key]))[0]?.copies[0];

  it('asks once for each file of a job that completed, and for nothing of one that did not', async () => {
    const { store } = harness();
    const team = freshTeam();
    await store.writeJobs([made(task(team, 'running'))]);
    const persons = [0, 1].map((objId) => ({
      objId,
      previewUrl: `https://x.example/${objId}.png`,
    }));
    await store.writeJobs([
      made(analysis(team, 'found', { status: 'COMPLETED', progress: 100, persons })),
    ]);
    await finish(team, 'done');
    expect(await copies().requestCopies(team, requestsOf, 100)).toBe(false);
    await copies().requestCopies(team, requestsOf, 100);
    const keys: JobKey[] = [
      { team, kind: 'ANALYSIS', id: 'found' },
      { team, kind: 'HEAD_SWAP_TASK', id: 'done' },
      { team, kind: 'HEAD_SWAP_TASK', id: 'running' },
    ];
    const known = await copies().readCopies(keys);
    expect(
      known.map(({ key, copies: held }) => [key.id, held.map(({ slot, state }) => [slot, state])]),
    ).toEqual([
      [
        'found',
        [
          ['preview:0', 'PENDING'],
          ['preview:1', 'PENDING'],
        ],
      ],
      ['done', [['output', 'PENDING']]],
    ]);
  });

  it('knows a job as fresh from its end until its copies were asked for', async () => {
    const team = freshTeam();
    const key = await finish(team, 'fresh');
    expect(await copies().readCopies([key])).toEqual([{ key, copies: [], isFresh: true }]);
    await copies().requestCopies(team, () => [], 100);
    expect(await copies().readCopies([key])).toEqual([]);
  });

  it('goes through many jobs in steps', async () => {
    const team = freshTeam();
    const keys = [];
    for (let n = 0; n < 5; n += 1) keys.push(await finish(team, `job-${n}`));
    let steps = 1;
    while (await copies().requestCopies(team, requestsOf, 2)) steps += 1;
    expect(steps).toBeGreaterThan(2);
    expect(await copies().readCopies(keys)).toHaveLength(5);
  });

  it('never asks for what completed while copies were off', async () => {
    const team = freshTeam();
    const key = await finish(team, 'before');
    await copies().skipCopies();
    await copies().requestCopies(team, requestsOf, 100);
    expect(await copies().readCopies([key])).toEqual([]);
  });

  it('leases a copy to one at a time', async () => {
    const key = await asked(freshTeam(), 'leased');
    await claimOf(key);
    await expect(claimOf(key)).rejects.toThrow('not claimed');
  });

  it('leases a copy again once its lease has ended, and refuses the one before', async () => {
    const { pass } = harness();
    const key = await asked(freshTeam(), 'ended');
    const claimed = await copies().claimCopies(1_000, 1_000, 20);
    const first = claimed.find(({ copy }) => copy.key.team === key.team);
    await pass(50);
    const second = await claimOf(key);
    if (first === undefined) throw new Error('not claimed');
    expect(await copies().renewCopyLease(first, 60_000)).toBe(false);
    expect(await copies().settleCopy(first, { state: 'STORED', file: FILE, keepMs: null })).toBe(
      false,
    );
    expect(await only(key)).toMatchObject({ state: 'PENDING' });
    expect(await copies().renewCopyLease(second, 60_000)).toBe(true);
    expect(await copies().settleCopy(second, { state: 'STORED', file: FILE, keepMs: null })).toBe(
      true,
    );
    expect(second.copy.objectKey).toBe(first.copy.objectKey);
  });

  it('leases no more copies of a team at once than it may have', async () => {
    const team = freshTeam();
    for (const id of ['one', 'two', 'three']) await asked(team, id);
    const mine = async (): Promise<number> =>
      (await copies().claimCopies(1_000, 2, 60_000)).filter(({ copy }) => copy.key.team === team)
        .length;
    expect(await mine()).toBe(2);
    expect(await mine()).toBe(0);
  });

  it('tells a stored copy as a new version of its job, at the end of the feed', async () => {
    const { store } = harness();
    const team = freshTeam();
    const key = await asked(team, 'stored');
    const before = (await store.readJobs([key]))[0];
    const told: number[] = [];
    const stop = store.jobsWritten.subscribe((written) => {
      for (const { stored } of written) if (stored.job.team === team) told.push(stored.job.version);
    });
    await copies().settleCopy(await claimOf(key), { state: 'STORED', file: FILE, keepMs: null });
    stop();
    const after = (await store.readJobs([key]))[0];
    expect(after?.job).toEqual({ ...before?.job, version: (before?.job.version ?? 0) + 1 });
    expect(after?.sequence).toBe(await store.readSequence(team));
    expect(told).toEqual([after?.job.version]);
    expect(await only(key)).toMatchObject({
      state: 'STORED',
      file: FILE,
      expiresAt: null,
      problem: null,
    });
    expect((await only(key))?.storedAt).toBeGreaterThan(0);
  });

  it('tells a failed copy, with its reason', async () => {
    const key = await asked(freshTeam(), 'failed');
    await copies().settleCopy(await claimOf(key), { state: 'FAILED', problem: 'It is gone.' });
    expect(await only(key)).toMatchObject({ state: 'FAILED', problem: 'It is gone.', file: null });
    await expect(claimOf(key)).rejects.toThrow('not claimed');
  });

  it('has a postponed copy due again after its time, and counts what the source is to blame for', async () => {
    const { pass } = harness();
    const key = await asked(freshTeam(), 'later');
    await copies().postponeCopy(await claimOf(key), 40, true);
    await expect(claimOf(key)).rejects.toThrow('not claimed');
    await pass(60);
    await copies().postponeCopy(await claimOf(key), 0, false);
    expect(await only(key)).toMatchObject({ state: 'PENDING', attempts: 1 });
  });

  it('has a copy that is kept for a while due when that is over', async () => {
    const { pass, now } = harness();
    const key = await asked(freshTeam(), 'kept');
    await copies().settleCopy(await claimOf(key), { state: 'STORED', file: FILE, keepMs: 40 });
    expect((await only(key))?.expiresAt).toBeLessThanOrEqual(now() + 40);
    await pass(60);
    const claimed = await claimOf(key);
    expect(claimed.copy.state).toBe('STORED');
    await copies().settleCopy(claimed, { state: 'FAILED', problem: 'Deleted.' });
    expect(await only(key)).toMatchObject({ state: 'FAILED', file: null, storedAt: null });
  });

  it('says when the next copy is due', async () => {
    await asked(freshTeam(), 'due');
    const { now } = harness();
    expect(await copies().nextCopyDue()).toBeLessThanOrEqual(now());
  });

  it('gives back what it leased', async () => {
    const key = await asked(freshTeam(), 'given-back');
    await claimOf(key);
    await copies().releaseCopies();
    expect(await claimOf(key)).toMatchObject({ copy: { key } });
  });
}
