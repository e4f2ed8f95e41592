import { describe, expect, it } from 'vitest';
import { ask, codeOf } from '../support/gateway/ask-schema.ts';
import { createFakeJobs } from '../support/jobs/fake-jobs.ts';

const BUY = `mutation ($input: CreateHeadSwapTaskInput!) {
  createHeadSwapTask(input: $input) { __typename ... on Error { message } }
}`;
const RESULT =
  'query ($key: ID!) { createHeadSwapTaskResult(idempotencyKey: $key) { __typename } }';

/** Jobs that remember by which keys they were asked. */
function keyed() {
  const keys: string[] = [];
  const jobs = createFakeJobs({
    createResult: async (_team, key) => {
      keys.push(key);
      return null;
    },
    createHeadSwapTask: async (_team, { idempotencyKey }) => {
      keys.push(idempotencyKey);
      throw new Error('stop here');
    },
  });
  return { keys, jobs };
}

const inputWith = (idempotencyKey: unknown) => ({
  input: {
    idempotencyKey,
    analysisId: 'a',
    mappings: [{ objId: 0, faceUrl: 'https://example.com/face.png' }],
  },
});

describe('a number that JSON cannot carry exactly is no ID', () => {
  // oxlint-disable-next-line no-loss-of-precision -- that is what it is about
  it.each([9007199254740993, 2 ** 53, -(2 ** 53), 1e21, 1.5])('%d in a variable', async (key) => {
    const { keys, jobs } = keyed();
    const bare = await ask(jobs, RESULT, { key });
    expect(codeOf(bare)).toBe('INVALID_INPUT');
    expect(bare.errors?.[0]?.message).toContain('send it as a string');
    const nested = await ask(jobs, BUY, inputWith(key));
    expect(codeOf(nested)).toBe('INVALID_INPUT');
    expect(nested.errors?.[0]?.message).toContain('input.idempotencyKey');
    expect(keys).toEqual([]);
  });

  it.each(['9007199254740993', '9007199254740992', '-9007199254740992', '1'.repeat(40)])(
    '%s in the document',
    async (literal) => {
      const { keys, jobs } = keyed();
      const bare = `{ createHeadSwapTaskResult(idempotencyKey: ${literal}) { __typename } }`;
      const nested = `mutation { submitAnalysis(input: {
        videoUrl: "https://a.b", idempotencyKey: ${literal} }) { __typename } }`;
      for (const source of [bare, nested]) {
        const answer = await ask(jobs, source);
        expect(codeOf(answer)).toBe('INVALID_INPUT');
        expect(answer.errors?.[0]?.message).toContain('send it as a string');
        expect(answer.errors?.[0]?.locations).toHaveLength(1);
      }
      expect(keys).toEqual([]);
    },
  );

  it.each([12345, -1, 0, Number.MAX_SAFE_INTEGER])(
    '%d is one, and the same as its text',
    async (key) => {
      const { keys, jobs } = keyed();
      await ask(jobs, RESULT, { key });
      await ask(jobs, RESULT, { key: String(key) });
      await ask(jobs, `{ createHeadSwapTaskResult(idempotencyKey: ${key}) { __typename } }`);
      await ask(jobs, `{ createHeadSwapTaskResult(idempotencyKey: "${key}") { __typename } }`);
      expect(keys).toEqual(Array.from({ length: 4 }, () => String(key)));
    },
  );

  it('long digits are one as a string, each its own', async () => {
    const { keys, jobs } = keyed();
    await ask(jobs, RESULT, { key: '9007199254740993' });
    await ask(jobs, RESULT, { key: '9007199254740992' });
    expect(keys).toEqual(['9007199254740993', '9007199254740992']);
  });
});

describe('a key is taken as it is', () => {
  it.each([' order-7', 'order-7 ', 'order-7\u00A0', '\u3000order-7', '\uFEFFx', ' '])(
    '%j begins or ends with white space, and is refused',
    async (key) => {
      const { keys, jobs } = keyed();
      const answer = await ask(jobs, BUY, inputWith(key));
      expect(answer.data).toMatchObject({
        createHeadSwapTask: {
          __typename: 'InvalidInputError',
          message: expect.stringContaining('must not begin or end with white space'),
        },
      });
      expect(keys).toEqual([]);
    },
  );

  it('case, inner blanks and Unicode forms matter', async () => {
    const { keys, jobs } = keyed();
    const all = ['order-7', 'Order-7', 'order 7', '\u00C5', 'A\u030A', '\u212B'];
    for (const key of all) await ask(jobs, RESULT, { key });
    expect(keys).toEqual(all);
  });
});
