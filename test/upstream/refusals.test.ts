import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ANY_TIME, CANARY_KEY, clientOf, ORDER } from '../support/akool/akool-client.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { both, submitBoth } from '../support/akool/submit-both.ts';

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => upstream.stop());

describe('1015', () => {
  test.each([
    ['without data', { code: 1015, msg: 'please try again later' }],
    ['with data null', { code: 1015, msg: 'please try again later', data: null }],
    ['with data empty', { code: 1015, msg: 'please try again later', data: {} }],
    ['as a string', { code: '1015', msg: 'please try again later', data: { _id: null } }],
  ])('%s is refused, with a hint and AKOOL’s words', async (_name, body) => {
    expect(await submitBoth(upstream, scripted.json(body))).toEqual(
      both({
        outcome: 'rejected',
        code: 1015,
        message: expect.stringMatching(
          /cannot download one of the URLs.* It said: please try again later$/,
        ),
      }),
    );
  });

  test.each([
    ['a job in it', { code: 1015, msg: 'x', data: { _id: 'made' } }],
    ['a job in a list', { code: 1015, msg: 'x', data: [{ _id: 'made' }] }],
    ['a job without a usable id', { code: 1015, msg: 'x', data: { _id: 7 } }],
  ])('with %s leaves the outcome unknown', async (_name, body) => {
    expect(await submitBoth(upstream, scripted.json(body))).toEqual(
      both({ outcome: 'unknown', reason: 'code 1015', words: 'x' }),
    );
  });

  test('in a 502 leaves the outcome unknown', async () => {
    expect(await submitBoth(upstream, scripted.json({ code: 1015, msg: 'x' }, 502))).toEqual(
      both({ outcome: 'unknown', reason: 'HTTP 502, no usable envelope', words: 'x' }),
    );
  });

  test('leaves the outcome unknown where the operator wants it so', async () => {
    upstream.always('createTask', scripted.code(1015, 'try later'));
    const client = clientOf(upstream.url, { processingError: 'unknown' });
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toEqual({
      outcome: 'unknown',
      reason: 'code 1015',
      words: 'try later',
    });
  });
});

describe('what is not AKOOL’s API', () => {
  test.each([401, 403, 404, 405, 413, 414, 415, 419, 422])(
    'refuses with HTTP %i, and the base URL is named',
    async (status) => {
      expect(await submitBoth(upstream, scripted.html(status))).toEqual(
        both({
          outcome: 'rejected',
          code: status,
          message: expect.stringContaining(`${upstream.url} (AKOOL_BASE_URL)`),
        }),
      );
    },
  );

  test('may speak JSON, or say nothing', async () => {
    upstream.next(
      'createTask',
      scripted.json({ message: 'Forbidden' }, 403),
      scripted.answer('', 404),
    );
    const client = clientOf(upstream.url);
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({ code: 403 });
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({ code: 404 });
  });

  test('is told to the operator, once', async () => {
    upstream.always('createTask', scripted.html(404));
    const client = clientOf(upstream.url);
    await client.createHeadSwapTask(ORDER, ANY_TIME);
    await client.createHeadSwapTask(ORDER, ANY_TIME);
    expect(client.logged).toEqual([
      expect.objectContaining({
        level: 'error',
        akoolCode: 404,
        message: expect.stringContaining('AKOOL_BASE_URL'),
      }),
    ]);
  });

  test.each([408, 409, 425, 499, 500, 502, 503, 504])(
    'leaves the outcome unknown with HTTP %i',
    async (status) => {
      expect(await submitBoth(upstream, scripted.html(status))).toEqual(
        both({ outcome: 'unknown', reason: `HTTP ${status}, no usable envelope` }),
      );
    },
  );
});

describe('AKOOL’s words in an unknown outcome', () => {
  test.each([
    ['an undocumented code', scripted.json({ code: 1012, msg: 'the words' })],
    ['a server error', scripted.json({ code: 2001, msg: 'the words' })],
    ['HTTP 500', scripted.json({ code: 1104, msg: 'the words' }, 500)],
    ['success without a job', scripted.json({ code: 1000, msg: 'the words' })],
  ])('are kept: %s', async (_name, reply) => {
    expect(await submitBoth(upstream, reply)).toMatchObject(
      both({ outcome: 'unknown', words: 'the words' }),
    );
  });

  test('are cleaned and cut', async () => {
    const msg = `${CANARY_KEY}\n${'x'.repeat(2_000)}`;
    upstream.always('createTask', scripted.json({ code: 2001, msg }));
    const outcome = await clientOf(upstream.url).createHeadSwapTask(ORDER, ANY_TIME);
    const words = outcome.outcome === 'unknown' ? outcome.words : undefined;
    expect(words).toMatch(/^\[redacted\] x+$/);
    expect(words).toHaveLength(500);
  });

  test('are never a body that is not AKOOL’s envelope', async () => {
    upstream.always('createTask', scripted.answer('secret page of a proxy', 502));
    expect(await clientOf(upstream.url).createHeadSwapTask(ORDER, ANY_TIME)).toEqual({
      outcome: 'unknown',
      reason: 'HTTP 502, no usable envelope',
    });
  });
});
