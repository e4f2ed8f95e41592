import { describe, expect, it } from 'vitest';
import { firstJob } from '../../src/domain/advance.ts';
import { createHub } from '../../src/jobs/watching/hub.ts';
import { createSignal } from '../../src/runtime/signal.ts';
import { watchTeam } from '../../src/jobs/watching/watch-team.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import type { StoredJob } from '../../src/store/job-store.ts';
import { createManualClock } from '../support/time/manual-clock.ts';
import { taskSeen } from '../support/akool/observations.ts';

/** A team's jobs, each once, at its latest place in the sequence: what the store promises. */
function teamOfJobs() {
  const hub = createHub(createSignal());
  const clock = createManualClock();
  const jobs = new Map<string, StoredJob>();
  let away = false;
  let sequence = 0;
  let reads = 0;
  const change = (id: string): void => {
    sequence += 1;
    const job = firstJob(
      { team: 'default', madeHere: true, videoUrl: 'https://example.com/v.mp4', request: null },
      taskSeen({ id }),
      sequence,
    );
    const schedule = {
      dueAt: null,
      failures: 0,
      deniedSince: null,
      watchedUntil: 0,
      readAt: null,
      hasWebhook: false,
      firstSeenAt: 0,
    };
    jobs.set(id, { job, sequence, schedule });
    hub.publish(job);
  };
  const changesAfter = (after: number): StoredJob[] => {
    reads += 1;
    return [...jobs.values()]
      .filter((stored) => stored.sequence > after)
      .sort((one, other) => one.sequence - other.sequence)
      .slice(0, 3);
  };
  const watch = (begin: { first: StoredJob[]; position: number }) =>
    watchTeam({
      listen: (wake) => hub.listenTeam('default', wake),
      readChanges: (after) => {
        const changes = changesAfter(after);
        return away ? Promise.reject(new StoreUnavailableError('away')) : Promise.resolve(changes);
      },
      begin: () => Promise.resolve(begin),
      clock,
    });
  const setAway = (value: boolean): void => {
    away = value;
  };
  return { hub, clock, change, changesAfter, watch, jobs, setAway, reads: () => reads };
}

async function take(stream: Awaited<ReturnType<typeof watchTeam>>, count: number) {
  const taken: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const { value } = await stream.next();
    taken.push(`${value?.job.id}@${value?.sequence}`);
  }
  return taken;
}

describe('the team feed', () => {
  it('from a cursor tells every job changed since, once, in its latest state, then each change', async () => {
    const team = teamOfJobs();
    for (const id of ['a', 'b', 'c', 'd', 'a', 'e']) team.change(id);
    const stream = await team.watch({ first: [], position: 1 });
    expect(await take(stream, 5)).toEqual(['b@2', 'c@3', 'd@4', 'a@5', 'e@6']);
    const next = take(stream, 2);
    team.change('b');
    team.change('f');
    expect(await next).toEqual(['b@7', 'f@8']);
  });

  it('conflates what a slow reader missed', async () => {
    const team = teamOfJobs();
    const stream = await team.watch({ first: [], position: 0 });
    for (let change = 0; change < 100; change += 1) team.change(change % 2 === 0 ? 'a' : 'b');
    expect(await take(stream, 2)).toEqual(['a@99', 'b@100']);
  });

  it('tells a change that fell into the beginning once', async () => {
    const team = teamOfJobs();
    team.change('a');
    team.change('b');
    // The position was read before b changed, the jobs after.
    const stream = await team.watch({ first: [...team.jobs.values()], position: 1 });
    const taken = take(stream, 3);
    team.change('c');
    expect(await taken).toEqual(['a@1', 'b@2', 'c@3']);
  });

  it('reads nothing while nothing changes, and lets go at once', async () => {
    const team = teamOfJobs();
    const stream = await team.watch({ first: [], position: 0 });
    const pending = stream.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(team.reads()).toBe(1);
    await stream.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    team.change('a');
    expect(team.reads()).toBe(1);
  });

  it('waits while the store is away, and goes on from where it was', async () => {
    const team = teamOfJobs();
    const stream = await team.watch({ first: [], position: 0 });
    const taken = take(stream, 2);
    await team.clock.advance(0);
    team.setAway(true);
    team.change('a');
    await team.clock.advance(10_000);
    const reads = team.reads();
    expect(reads).toBeGreaterThan(5);
    expect(reads).toBeLessThan(50);
    team.setAway(false);
    // Nothing changes any more, so nobody wakes it.
    await team.clock.advance(1000);
    expect(team.reads()).toBe(reads + 2);
    team.change('b');
    expect(await taken).toEqual(['a@1', 'b@2']);
  });

  it('lets go at once while the store is away', async () => {
    const team = teamOfJobs();
    team.setAway(true);
    const stream = await team.watch({ first: [], position: 0 });
    const pending = stream.next();
    await team.clock.advance(100);
    await stream.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(team.clock.timers()).toBe(0);
  });

  it('answers several pending nexts in order', async () => {
    const team = teamOfJobs();
    const stream = await team.watch({ first: [], position: 0 });
    const pending = [stream.next(), stream.next()];
    team.change('a');
    team.change('b');
    const answers = await Promise.all(pending);
    expect(answers.map(({ value }) => value?.job.id)).toEqual(['a', 'b']);
  });
});
