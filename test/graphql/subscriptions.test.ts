import type { ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Job } from '../../src/domain/job.ts';
import type { TeamEvent } from '../../src/jobs/jobs.ts';
import type { Answer } from '../support/gateway/ask-schema.ts';
import { ask, codeOf, watch } from '../support/gateway/ask-schema.ts';
import {
  aCompletedAnalysis,
  aStream,
  aTask,
  anAnalysis,
  createFakeJobs,
} from '../support/jobs/fake-jobs.ts';

const WATCH = `subscription ($id: ID!, $after: Int) {
  analysisStatusChanged(id: $id, after: $after) {
    id version persons { id previewUrl analysis { id } }
  }
}`;
const FEED = `subscription ($after: ID) {
  jobStatusChanged(after: $after) { cursor job { __typename id ... on Analysis { videoUrl } } }
}`;

describe('a subscription to a job', () => {
  it('tells each state and completes with the stream, without reading anything again', async () => {
    const jobs = createFakeJobs({
      watch: () => Promise.resolve(aStream<Job>([anAnalysis(), aCompletedAnalysis()], true)),
    });
    const stream = streamOf(await watch(jobs, WATCH, { id: 'analysis-1', after: 1 }));
    const told: unknown[] = [];
    for await (const event of stream) told.push(event);
    expect(told).toMatchObject([
      { data: { analysisStatusChanged: { version: 2, persons: [] } } },
      {
        data: {
          analysisStatusChanged: {
            version: 3,
            persons: [
              { previewUrl: 'https://example.com/0.png', analysis: { id: 'analysis-1' } },
              { previewUrl: null },
            ],
          },
        },
      },
    ]);
    expect(jobs.asked('watch')).toEqual([
      [{ team: 'team-1', kind: 'ANALYSIS', id: 'analysis-1' }, 1],
    ]);
    expect([...jobs.asked('find'), ...jobs.asked('known'), ...jobs.asked('list')]).toEqual([]);
  });

  it('lets go of the stream at once when the reader leaves in the middle of waiting', async () => {
    const source = aStream<Job>([anAnalysis()], false);
    const jobs = createFakeJobs({ watch: () => Promise.resolve(source) });
    const stream = streamOf(await watch(jobs, WATCH, { id: 'analysis-1' }));
    await stream.next();
    const waiting = stream.next();
    await stream.return(undefined);
    expect(source.returned).toBe(true);
    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  it('is refused for an unknown id', async () => {
    expect(codeOf(refusalOf(await watch(createFakeJobs(), WATCH, { id: 'x' })))).toBe('NOT_FOUND');
  });

  it('is refused when it would cost too much, before anything is watched', async () => {
    const jobs = createFakeJobs();
    const answer = await watch(
      jobs,
      `subscription { analysisStatusChanged(id: "analysis-1") {
        headSwapTasks(first: 100) { edges { node { analysis {
          headSwapTasks(first: 100) { edges { node { id } } }
        } } } }
      } }`,
    );
    expect(codeOf(refusalOf(answer))).toBe('OPERATION_TOO_COMPLEX');
    expect(jobs.asked('watch')).toEqual([]);
  });
});

describe("the team's feed", () => {
  it('goes on from the cursor of an event, and from jobStatusCursor', async () => {
    const events: TeamEvent[] = [
      { sequence: 7, job: anAnalysis() },
      { sequence: 8, job: aTask() },
    ];
    const jobs = createFakeJobs({
      watchTeam: () => Promise.resolve(aStream(events, false)),
      sequence: () => Promise.resolve(6),
    });
    const start = (await ask(jobs, '{ jobStatusCursor }')).data?.['jobStatusCursor'];
    const stream = streamOf(await watch(jobs, FEED, { after: start }));
    const first = eventOf((await stream.next()).value);
    const second = eventOf((await stream.next()).value);
    expect(first.job).toEqual({
      __typename: 'Analysis',
      id: 'analysis-1',
      videoUrl: 'https://a.b',
    });
    expect(second.job).toEqual({ __typename: 'HeadSwapTask', id: 'task-1' });
    await watch(jobs, FEED, { after: second.cursor });
    await watch(jobs, FEED);
    expect(jobs.asked('watchTeam')).toEqual([
      ['team-1', 6],
      ['team-1', 8],
      ['team-1', null],
    ]);
  });

  it('refuses a cursor that was tampered with, in the same words', async () => {
    const jobs = createFakeJobs();
    const cursor = String((await ask(jobs, '{ jobStatusCursor }')).data?.['jobStatusCursor']);
    const tampered = [`${cursor}!!`, `${cursor}=`, ` ${cursor}`, `${cursor}\n`, `!${cursor}`];
    const message = refusalOf(await watch(jobs, FEED, { after: 'x' })).errors?.[0]?.message;
    for (const after of tampered) {
      const refusal = refusalOf(await watch(jobs, FEED, { after }));
      expect(codeOf(refusal)).toBe('INVALID_INPUT');
      expect(refusal.errors?.[0]?.message).toBe(message);
    }
    expect(jobs.asked('watchTeam')).toEqual([]);
  });

  it.each(['', 'x', '5', 'WyJzdG9yZS0xIiwiRkVFRCIsInRlYW0tMiIsM10'])(
    'refuses the cursor %j',
    async (after) => {
      const jobs = createFakeJobs();
      expect(codeOf(refusalOf(await watch(jobs, FEED, { after })))).toBe('INVALID_INPUT');
      expect(jobs.asked('watchTeam')).toEqual([]);
    },
  );
});

const answered = z.object({
  data: z.object({ jobStatusChanged: z.object({ cursor: z.string(), job: z.unknown() }) }),
});

function eventOf(value: unknown): { cursor: string; job?: unknown } {
  return answered.parse(value).data.jobStatusChanged;
}

function streamOf(
  result: AsyncGenerator<ExecutionResult> | Answer,
): AsyncGenerator<ExecutionResult> {
  if (Symbol.asyncIterator in result) return result;
  throw new Error(`Refused: ${JSON.stringify(result)}`);
}

function refusalOf(result: AsyncGenerator<ExecutionResult> | Answer): Answer {
  if (Symbol.asyncIterator in result) throw new Error('It was not refused.');
  return result;
}
