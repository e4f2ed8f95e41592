import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Answer } from '../support/gateway/ask-schema.ts';
import { ask, codeOf } from '../support/gateway/ask-schema.ts';
import {
  aCompletedAnalysis,
  aTask,
  anAnalysis,
  createFakeJobs,
} from '../support/jobs/fake-jobs.ts';

const LIST = `query ($first: Int, $after: String, $status: [JobStatus!]) {
  analyses(first: $first, after: $after, status: $status) {
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

const five = [1, 2, 3, 4, 5].map((n) => anAnalysis({ id: `a${n}`, createdAt: n }));

describe('a list', () => {
  it('is read page by page, newest first', async () => {
    const jobs = createFakeJobs();
    jobs.add(...five);
    const pages: string[][] = [];
    let after: string | null = null;
    do {
      const page = pageOf(await ask(jobs, LIST, { first: 2, after }));
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
      expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor);
      pages.push(page.edges.map((edge) => edge.node.id));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(pages).toEqual([['a5', 'a4'], ['a3', 'a2'], ['a1']]);
    expect(jobs.asked('list')).toHaveLength(3);
  });

  it('has twenty entries unless told, also when told null', async () => {
    const jobs = createFakeJobs();
    jobs.add(...Array.from({ length: 21 }, (_, n) => anAnalysis({ id: `a${n}`, createdAt: n })));
    expect(pageOf(await ask(jobs, LIST)).edges).toHaveLength(20);
    expect(pageOf(await ask(jobs, LIST, { first: null })).edges).toHaveLength(20);
    expect(pageOf(await ask(jobs, LIST, { first: 100 })).edges).toHaveLength(21);
  });

  it('says so when it is empty', async () => {
    expect(pageOf(await ask(createFakeJobs(), LIST))).toEqual({
      edges: [],
      pageInfo: {
        hasNextPage: false,
        hasPreviousPage: false,
        startCursor: null,
        endCursor: null,
      },
    });
  });

  it('takes null as any status and an empty list as none', async () => {
    const jobs = createFakeJobs();
    jobs.add(anAnalysis({ id: 'running' }), aCompletedAnalysis({ id: 'done' }));
    const ids = async (status: string[] | null): Promise<string[]> =>
      pageOf(await ask(jobs, LIST, { status })).edges.map((edge) => edge.node.id);
    expect((await ids(null)).toSorted()).toEqual(['done', 'running']);
    expect(await ids(['COMPLETED', 'FAILED'])).toEqual(['done']);
    expect(await ids([])).toEqual([]);
  });

  it.each([0, -1, 101, 2_147_483_647])('refuses first: %i and says the range', async (first) => {
    const jobs = createFakeJobs();
    const answer = await ask(jobs, LIST, { first });
    expect(codeOf(answer)).toBe('INVALID_INPUT');
    expect(answer.errors?.[0]?.message).toMatch(/"first" must be between 1 and 100/);
    expect(jobs.asked('list')).toEqual([]);
  });

  it('refuses a cursor that is not its own', async () => {
    const jobs = createFakeJobs();
    jobs.add(...five, aTask());
    const own = pageOf(await ask(jobs, LIST, { first: 1 })).pageInfo.endCursor ?? '';
    const tasks = await ask(jobs, '{ headSwapTasks { pageInfo { endCursor } } }');
    const ofTasks = z
      .object({ headSwapTasks: z.object({ pageInfo: z.object({ endCursor: z.string() }) }) })
      .parse(tasks.data).headSwapTasks.pageInfo.endCursor;
    const feed = (await ask(jobs, '{ jobStatusCursor }')).data?.['jobStatusCursor'];
    const elsewhere = createFakeJobs({ list: () => Promise.resolve(five) });
    const foreign = pageOf(await ask({ ...elsewhere, storeId: 'store-2' }, LIST, { first: 1 }))
      .pageInfo.endCursor;
    const spaced = Buffer.from(`${Buffer.from(own, 'base64url').toString()} `).toString(
      'base64url',
    );
    const tampered = [`${own}!!`, `${own}=`, ` ${own}`, own.slice(1), spaced];
    const others = [ofTasks, feed, foreign, '', 'x', 'W10', 'a'.repeat(90_000)];
    for (const after of [...tampered, ...others])
      expect(codeOf(await ask(jobs, LIST, { after }))).toBe('INVALID_INPUT');
    expect(jobs.asked('list')).toHaveLength(2);
  });

  it('of the tasks of an analysis holds no others, and costs no look at the analysis', async () => {
    const jobs = createFakeJobs();
    const request = aTask().request;
    if (request === null) throw new Error('A task made here has a request.');
    jobs.add(
      anAnalysis(),
      aTask(),
      aTask({ id: 'task-2', request: { ...request, analysisId: 'another' } }),
    );
    const answer = await ask(
      jobs,
      '{ analysis(id: "analysis-1") { headSwapTasks { edges { node { id analysis { id } } } } } }',
    );
    expect(answer.data).toEqual({
      analysis: {
        headSwapTasks: { edges: [{ node: { id: 'task-1', analysis: { id: 'analysis-1' } } }] },
      },
    });
    expect(jobs.asked('find')).toHaveLength(1);
    expect(jobs.asked('known')).toEqual([]);
  });

  it('reads the analyses of all its tasks in one go', async () => {
    const jobs = createFakeJobs();
    jobs.add(
      ...[1, 2, 3].flatMap((n) => [
        anAnalysis({ id: `a${n}` }),
        aTask({
          id: `t${n}`,
          request: { analysisId: `a${n}`, mappings: [], keepOriginalSound: true, templateId: null },
        }),
      ]),
    );
    await ask(jobs, '{ headSwapTasks { edges { node { analysis { id } } } } }');
    expect(jobs.asked('known')).toHaveLength(1);
    expect(jobs.asked('find')).toEqual([]);
  });
});

const answered = z.object({
  analyses: z.object({
    edges: z.array(z.object({ cursor: z.string(), node: z.object({ id: z.string() }) })),
    pageInfo: z.object({
      hasNextPage: z.boolean(),
      hasPreviousPage: z.boolean(),
      startCursor: z.string().nullable(),
      endCursor: z.string().nullable(),
    }),
  }),
});

function pageOf(answer: Answer): z.infer<typeof answered>['analyses'] {
  expect(answer.errors).toBeUndefined();
  return answered.parse(answer.data).analyses;
}
