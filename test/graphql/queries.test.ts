import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import { ask, codeOf } from '../support/gateway/ask-schema.ts';
import {
  aCompletedAnalysis,
  aTask,
  anAnalysis,
  createFakeJobs,
} from '../support/jobs/fake-jobs.ts';

describe('a job by its id', () => {
  it('shows every field in its form', async () => {
    const jobs = createFakeJobs();
    jobs.add(aCompletedAnalysis(), aTask());
    const answer = await ask(
      jobs,
      `{
        analysis(id: "analysis-1") {
          __typename id status progress failure { reason } version createdAt supportId
          persons { id objId previewUrl analysis { id } } video { durationSeconds }
        }
        headSwapTask(id: "task-1") {
          status outputUrl resolution templateId keepOriginalSound
          mappings { faceUrl person { id previewUrl analysis { videoUrl } } } analysis { id }
        }
      }`,
    );
    expect(answer).toEqual({
      data: {
        analysis: {
          __typename: 'Analysis',
          id: 'analysis-1',
          status: 'COMPLETED',
          progress: 100,
          failure: null,
          version: 3,
          createdAt: '2026-05-15T00:46:59.014Z',
          supportId: 'support-1',
          persons: [
            {
              id: 'analysis-1:0',
              objId: 0,
              previewUrl: 'https://example.com/0.png',
              analysis: { id: 'analysis-1' },
            },
            { id: 'analysis-1:1', objId: 1, previewUrl: null, analysis: { id: 'analysis-1' } },
          ],
          video: { durationSeconds: 15 },
        },
        headSwapTask: {
          status: 'QUEUED',
          outputUrl: null,
          resolution: 'P720',
          templateId: null,
          keepOriginalSound: true,
          mappings: [
            {
              faceUrl: 'https://example.com/face.png',
              person: {
                id: 'analysis-1:0',
                previewUrl: 'https://example.com/0.png',
                analysis: { videoUrl: 'https://a.b' },
              },
            },
          ],
          analysis: { id: 'analysis-1' },
        },
      },
    });
    // The parent and the store answer for everything below the two jobs that were asked for.
    expect(jobs.asked('find')).toHaveLength(2);
    expect(jobs.asked('known')).toHaveLength(1);
  });

  it('costs one look for ten aliases of one id', async () => {
    const jobs = createFakeJobs();
    jobs.add(aTask());
    const aliases = Array.from(
      { length: 10 },
      (_, n) => `t${n}: headSwapTask(id: "task-1") { id }`,
    );
    const answer = await ask(jobs, `{ ${aliases.join(' ')} }`);
    expect(Object.keys(answer.data ?? {})).toHaveLength(10);
    expect(jobs.asked('find')).toEqual([
      [{ team: 'team-1', kind: 'HEAD_SWAP_TASK', id: 'task-1' }],
    ]);
  });

  it('is null when unknown, and an error of its own when AKOOL cannot be asked', async () => {
    const jobs = createFakeJobs({
      find: ({ id }) =>
        id === 'away'
          ? Promise.reject(new GatewayError('AKOOL_UNAVAILABLE', 'AKOOL cannot be reached.'))
          : Promise.resolve(null),
    });
    const answer = await ask(
      jobs,
      '{ unknown: analysis(id: "x") { id } away: analysis(id: "away") { id } }',
    );
    expect(answer.data).toEqual({ unknown: null, away: null });
    expect(codeOf(answer)).toBe('AKOOL_UNAVAILABLE');
    expect(answer.errors?.[0]?.path).toEqual(['away']);
  });

  it('goes on to AKOOL for an analysis that only its task knows of', async () => {
    const jobs = createFakeJobs({ known: (keys) => Promise.resolve(keys.map(() => null)) });
    jobs.add(aTask(), anAnalysis());
    const answer = await ask(
      jobs,
      '{ headSwapTask(id: "task-1") { analysis { id } mappings { person { previewUrl } } } }',
    );
    expect(answer.data).toEqual({
      headSwapTask: {
        analysis: { id: 'analysis-1' },
        mappings: [{ person: { previewUrl: null } }],
      },
    });
  });

  it('has no request when it was made elsewhere', async () => {
    const jobs = createFakeJobs();
    jobs.add(aTask({ request: null, madeHere: false }));
    const answer = await ask(
      jobs,
      '{ headSwapTask(id: "task-1") { analysis { id } mappings { faceUrl } keepOriginalSound templateId } }',
    );
    expect(answer.data).toEqual({
      headSwapTask: { analysis: null, mappings: null, keepOriginalSound: null, templateId: null },
    });
  });

  it.each([
    [{ frameCount: 450, fps: 0 }, null],
    [{ frameCount: null, fps: 30 }, null],
    [{ frameCount: 450, fps: null }, null],
    [{ frameCount: 45, fps: 30 }, 1.5],
  ])('knows the length of a video with %o', async (measured, durationSeconds) => {
    const jobs = createFakeJobs();
    jobs.add(anAnalysis({ video: { width: null, height: null, ...measured } }));
    const answer = await ask(jobs, '{ analysis(id: "analysis-1") { video { durationSeconds } } }');
    expect(answer.data).toEqual({ analysis: { video: { durationSeconds } } });
  });
});

describe('the account', () => {
  it('has a balance, or none that AKOOL would tell', async () => {
    const known = createFakeJobs({ creditBalance: () => Promise.resolve(12.5) });
    expect((await ask(known, '{ creditBalance }')).data).toEqual({ creditBalance: 12.5 });
    expect((await ask(createFakeJobs(), '{ creditBalance }')).data).toEqual({
      creditBalance: null,
    });
  });
});
