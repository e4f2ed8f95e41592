import { afterEach, describe, expect, it } from 'vitest';
import type { Job } from '../../src/domain/job.ts';
import { StoreUnavailableError, type Store } from '../../src/store/store.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { startJobEngine, keyOf, PACE } from '../support/jobs/start-job-engine.ts';
import { taskSeen } from '../support/akool/observations.ts';

let heart: Awaited<ReturnType<typeof startJobEngine>>;

afterEach(async () => {
  await heart.stop();
  removeFolders();
});

const start = (wrapStore?: (store: Store) => Store) =>
  startJobEngine({
    readTask: () => Promise.reject(new Error('not used')),
    ...(wrapStore && { wrapStore }),
  });

const seen = (id: string, progress: number) =>
  ({ kind: 'seen', observation: taskSeen({ id, progress }) }) as const;

describe('reports', () => {
  it('are gathered into one write, in which each job moves through them in order', async () => {
    let writes = 0;
    heart = await start((store) => ({
      ...store,
      writeJobs(jobs) {
        writes += 1;
        return store.writeJobs(jobs);
      },
    }));
    const ids = Array.from({ length: 100 }, (_, number) => `task-${number}`);
    await heart.make(ids);
    writes = 0;
    const heard: Job[] = [];
    heart.hub.listen(keyOf('task-7'), (job) => heard.push(job));
    const reports = [10, 30, 20].flatMap((progress) =>
      ids.map((id) => heart.jobWriter.report(keyOf(id), seen(id, progress))),
    );
    await heart.clock.advance(100);
    const jobs = await Promise.all(reports);
    expect(writes).toBe(1);
    expect(new Set(jobs.map((job) => job?.progress))).toEqual(new Set([30]));
    expect(heard.map(({ progress }) => progress)).toEqual([30]);
  });

  it('are told only once they are durable', async () => {
    heart = await start();
    await heart.make(['a']);
    const durable: (number | undefined)[] = [];
    const checks: Promise<void>[] = [];
    heart.hub.listen(keyOf('a'), () => {
      checks.push(heart.read('a').then((job) => void durable.push(job?.version)));
    });
    const report = heart.jobWriter.report(keyOf('a'), seen('a', 50));
    await heart.clock.advance(100);
    await report;
    await Promise.all(checks);
    expect(durable).toEqual([2]);
  });

  it('of a job that somebody else moved meanwhile are decided again on what that one wrote', async () => {
    let interfere = true;
    heart = await start((store) => ({
      ...store,
      async writeJobs(writes) {
        const [write] = writes;
        if (interfere && write?.seenVersion === 1) {
          interfere = false;
          const job = { ...write.job, progress: 80, version: 2 };
          await store.writeJobs([{ ...write, job }]);
        }
        return store.writeJobs(writes);
      },
    }));
    await heart.make(['a']);
    const report = heart.jobWriter.report(keyOf('a'), seen('a', 90));
    await heart.clock.advance(200);
    expect(await report).toMatchObject({ version: 3, progress: 90 });
  });

  it('under a lease that was lost write nothing, and are tried once', async () => {
    let tries = 0;
    heart = await start((store) => ({
      ...store,
      writeJobs(writes) {
        tries += writes.filter(({ lease }) => lease !== undefined).length;
        return store.writeJobs(writes);
      },
    }));
    await heart.make(['a']);
    await heart.clock.advance(3000);
    const [first] = await heart.store.claimDue([{ teams: ['default'], limit: 1 }], 1000);
    await heart.clock.advance(2000);
    const [second] = await heart.store.claimDue([{ teams: ['default'], limit: 1 }], 60_000);
    expect(second?.lease).not.toBe(first?.lease);
    const late = heart.jobWriter.report(keyOf('a'), {
      ...seen('a', 90),
      ...(first && { claim: first }),
    });
    await heart.clock.advance(100);
    expect(await late).toMatchObject({ version: 1, progress: 0 });
    expect(tries).toBe(1);
    expect(await heart.read('a')).toMatchObject({ version: 1, progress: 0 });
  });

  it('under a lease that holds are decided on the job as it was claimed', async () => {
    let reads = 0;
    heart = await start((store) => ({
      ...store,
      readJobs(keys) {
        reads += 1;
        return store.readJobs(keys);
      },
    }));
    await heart.make(['a', 'b']);
    await heart.clock.advance(3000);
    const claims = await heart.store.claimDue([{ teams: ['default'], limit: 2 }], 60_000);
    const reports = claims.map((claim) =>
      heart.jobWriter.report(claim.job, { ...seen(claim.job.id, 30), claim }),
    );
    await heart.clock.advance(100);
    expect(await Promise.all(reports)).toMatchObject([
      { version: 2, progress: 30 },
      { version: 2, progress: 30 },
    ]);
    expect(reads).toBe(0);
    await heart.clock.advance(30_000);
    const again = await heart.store.claimDue([{ teams: ['default'], limit: 2 }], 60_000);
    expect(again.map(({ job }) => job.version)).toEqual([2, 2]);
  });

  it('under a lease are decided on what somebody else wrote since the claim', async () => {
    heart = await start();
    await heart.make(['a']);
    await heart.clock.advance(3000);
    const [claim] = await heart.store.claimDue([{ teams: ['default'], limit: 1 }], 60_000);
    const other = heart.jobWriter.report(keyOf('a'), seen('a', 80));
    await heart.clock.advance(100);
    expect(await other).toMatchObject({ version: 2, progress: 80 });
    const mine = heart.jobWriter.report(keyOf('a'), { ...seen('a', 90), ...(claim && { claim }) });
    await heart.clock.advance(200);
    expect(await mine).toMatchObject({ version: 3, progress: 90 });
    await heart.clock.advance(30_000);
    expect(await heart.store.claimDue([{ teams: ['default'], limit: 1 }], 1000)).toHaveLength(1);
  });

  it('under a lease are decided again each time that somebody else wrote first', async () => {
    let ahead = 0;
    heart = await start((store) => ({
      ...store,
      async writeJobs(writes) {
        const [write] = writes;
        if (write?.lease !== undefined && ahead < 5) {
          ahead += 1;
          const { lease: _lease, ...theirs } = write;
          const job = { ...write.job, progress: 10 * ahead };
          await store.writeJobs([{ ...theirs, job }]);
        }
        return store.writeJobs(writes);
      },
    }));
    await heart.make(['a']);
    await heart.clock.advance(3000);
    const [claim] = await heart.store.claimDue([{ teams: ['default'], limit: 1 }], 600_000);
    const mine = heart.jobWriter.report(keyOf('a'), { ...seen('a', 90), ...(claim && { claim }) });
    await heart.clock.advance(1000);
    expect(await mine).toMatchObject({ version: 7, progress: 90 });
    expect(ahead).toBe(5);
    // The last write has given the lease back.
    await heart.clock.advance(30_000);
    expect(await heart.store.claimDue([{ teams: ['default'], limit: 1 }], 1000)).toHaveLength(1);
  });

  it('under a lease look again soon at a job that another instance began to watch meanwhile', async () => {
    heart = await start();
    await heart.make(['a'], true);
    await heart.clock.advance(PACE.maxMs + 3000);
    const [claim] = await heart.store.claimDue([{ teams: ['default'], limit: 1 }], 60_000);
    await heart.store.markWatched(
      [{ key: keyOf('a'), withinMs: PACE.minMs }],
      heart.clock.now() + 60_000,
    );
    const report = heart.jobWriter.report(keyOf('a'), { ...seen('a', 5), ...(claim && { claim }) });
    await heart.clock.advance(200);
    expect(await report).toMatchObject({ version: 2 });
    const dueIn = ((await heart.store.nextDue(['default'])) ?? Infinity) - heart.clock.now();
    expect(dueIn).toBeLessThan(PACE.maxMs / 2);
  });

  it('fail when the store is away, and the next ones are written', async () => {
    let away = true;
    heart = await start((store) => ({
      ...store,
      readJobs: (keys) =>
        away ? Promise.reject(new StoreUnavailableError('away')) : store.readJobs(keys),
    }));
    await heart.make(['a']);
    const lost = heart.jobWriter.report(keyOf('a'), seen('a', 40)).catch((error: unknown) => error);
    await heart.clock.advance(100);
    expect(await lost).toBeInstanceOf(StoreUnavailableError);
    away = false;
    const next = heart.jobWriter.report(keyOf('a'), seen('a', 50));
    await heart.clock.advance(100);
    expect(await next).toMatchObject({ progress: 50 });
  });
});

describe('a job that AKOOL denies knowing', () => {
  const denied = { kind: 'denied', code: 1014 } as const;

  it('for an hour on end is FAILED with that code', async () => {
    heart = await start();
    await heart.make(['a']);
    for (let minute = 0; minute < 60; minute += 10) {
      const report = heart.jobWriter.report(keyOf('a'), denied);
      await heart.clock.advance(600_000);
      expect(await report).toMatchObject({ status: 'QUEUED', version: 1 });
    }
    const last = heart.jobWriter.report(keyOf('a'), denied);
    await heart.clock.advance(100);
    expect(await last).toMatchObject({ status: 'FAILED', version: 2, failure: { code: 1014 } });
  });

  it('with a break in between is not', async () => {
    heart = await start();
    await heart.make(['a']);
    const reports = [denied, seen('a', 10), denied, denied];
    for (const evidence of reports) {
      const report = heart.jobWriter.report(keyOf('a'), evidence);
      await heart.clock.advance(1_800_000);
      expect(await report).not.toMatchObject({ status: 'FAILED' });
    }
  });

  it('and that nobody knows stays unknown', async () => {
    heart = await start();
    const report = heart.jobWriter.report(keyOf('nobody'), denied);
    await heart.clock.advance(100);
    expect(await report).toBeNull();
  });
});
