import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTextCleaner } from '../../src/upstream/redact.ts';
import { toAnalysis, toTask } from '../../src/upstream/shapes/translate.ts';
import { clientOf } from '../support/akool/akool-client.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { both, submitBoth } from '../support/akool/submit-both.ts';

const text = createTextCleaner([]);
const analysis = (fields: object) => toAnalysis({ _id: 'a', ...fields }, text);
const task = (fields: object) => toTask({ _id: 't', ...fields }, text);
const video = (video_info: object) => analysis({ analysis_result: { video_info } })?.video;
const person = (obj_id: unknown) => analysis({ analysis_result: { media: [{ obj_id }] } })?.persons;

describe('a number means the same in both spellings', () => {
  const fields: readonly (readonly [string, (value: unknown) => unknown, number, unknown])[] = [
    ['status', (status) => task({ status })?.status, 3, 'COMPLETED'],
    ['progress', (progress) => task({ progress })?.progress, 41.5, 41.5],
    [
      'create_time',
      (create_time) => task({ create_time })?.createdAt,
      1778806213962,
      1778806213962,
    ],
    ['error_code', (error_code) => task({ error_code })?.failure.code, 1016, 1016],
    ['error_code of none', (error_code) => task({ error_code })?.failure, 0, {}],
    ['video_duration', (value) => task({ video_duration: value })?.durationSeconds, 9.97, 9.97],
    [
      'deduction_lock_duration',
      (value) => task({ deduction_lock_duration: value })?.deductionLockDuration,
      100,
      100,
    ],
    [
      'deduction_duration',
      (value) => task({ deduction_duration: value })?.deductionDuration,
      15,
      15,
    ],
    ['obj_id', (obj_id) => person(obj_id), 2, [{ objId: 2, previewUrl: null }]],
    ['width', (width) => video({ width })?.width, 1916, 1916],
    ['height', (height) => video({ height })?.height, 1082, 1082],
    ['fps', (fps) => video({ fps })?.fps, 29.97, 29.97],
    ['frame_count', (frame_count) => video({ frame_count })?.frameCount, 450, 450],
  ];
  test.each(fields)('%s', (_name, read, value, expected) => {
    expect(read(value)).toEqual(expected);
    expect(read(String(value))).toEqual(expected);
  });

  test.each(['3.0', '3e0', '30e-1'])('status %j is 3', (status) => {
    expect(task({ status })?.status).toBe('COMPLETED');
  });

  test.each(['', ' ', ' 3', '3 ', '+3', '03', '0x3', '3,0', '3.', '.3', '1e999', 'NaN', 'drei'])(
    'status %j is none: it is not exactly a decimal number',
    (status) => {
      expect(task({ status })?.status).toBeNull();
    },
  );

  test.each([true, [3], { value: 3 }, Infinity])('status %j is none', (status) => {
    expect(task({ status })?.status).toBeNull();
  });
});

test.each(['2026-05-15T00:50:13.962Z', '2026-05-15T02:50:13.962+02:00'])(
  'create_time may be ISO text with an offset, as %s',
  (create_time) => {
    expect(task({ create_time })?.createdAt).toBe(1778806213962);
  },
);

test('task_id may be a number, unless JSON rounded it', () => {
  expect(task({ task_id: 42 })?.supportId).toBe('42');
  expect(task({ task_id: 2 ** 53 })?.supportId).toBeNull();
});

describe('why a job failed', () => {
  test.each(['error_reason', 'error_msg', 'error_message', 'fail_reason', 'alg_msg'])(
    'is told from %s',
    (field) => {
      expect(task({ status: 4, [field]: 'generate temp file error' })?.failure).toEqual({
        reason: 'generate temp file error',
      });
    },
  );

  test.each(['', '  ', 'success', 'Success.', 'OK', null, {}, 7])(
    'is looked for further where error_reason is %j',
    (error_reason) => {
      const fields = { error_reason, error_msg: 'success', alg_msg: 'no face found' };
      expect(task(fields)?.failure).toEqual({ reason: 'no face found' });
    },
  );

  test('the first that says something counts', () => {
    expect(task({ alg_msg: 'last', error_msg: 'first' })?.failure).toEqual({ reason: 'first' });
  });

  test('a code that is no number is told in words', () => {
    expect(task({ error_code: 'FACE_NOT_FOUND' })?.failure).toEqual({ reason: 'FACE_NOT_FOUND' });
    const fields = { error_code: 'FACE_NOT_FOUND', alg_msg: 'no face' };
    expect(task(fields)?.failure).toEqual({ reason: 'no face' });
  });
});

describe('URLs', () => {
  test('of outputs and previews lose the blanks around them', () => {
    const url = 'https://example.com/output/a b.mp4';
    expect(task({ video_url: ` ${url}\n` })?.outputUrl).toBe(url);
    const media = [{ obj_id: 0, img_url: `\t${url} ` }];
    expect(analysis({ analysis_result: { media } })?.persons).toEqual([
      { objId: 0, previewUrl: url },
    ]);
  });

  test('of sources stay byte for byte: a create must name that very string', () => {
    expect(analysis({ video_url: 'https://a.b/c d.mp4' })?.videoUrl).toBe('https://a.b/c d.mp4');
    expect(analysis({ video_url: ' https://a.b/c.mp4' })).toMatchObject({
      videoUrl: null,
      urlProblem: 'is not an absolute http or https URL that can be taken over',
    });
  });

  test('that are too long say so', () => {
    const url = `https://a.b/${'c'.repeat(8_181)}`;
    expect(task({ source_video_url: url.slice(0, -1) })?.sourceVideoUrl).toHaveLength(8_192);
    expect(task({ source_video_url: url })).toMatchObject({
      sourceVideoUrl: null,
      urlProblem: 'has 8193 characters, and at most 8192 are taken',
    });
    expect(task({})).toMatchObject({ sourceVideoUrl: null, urlProblem: null });
  });
});

describe('through the client', () => {
  let upstream: ScriptedUpstream;

  beforeEach(async () => {
    upstream = await startScriptedUpstream();
  });
  afterEach(() => upstream.stop());

  test('a create answered with code "1000" is accepted', async () => {
    const reply = scripted.json({ code: '1000', msg: 'OK', data: { _id: 'x', status: '1' } });
    const observation = { id: 'x', status: 'QUEUED' };
    expect(await submitBoth(upstream, reply)).toMatchObject(
      both({ outcome: 'accepted', observation }),
    );
  });

  test('a refusal in code "1104" is one', async () => {
    const reply = scripted.json({ code: '1104', msg: 'no credits' });
    expect(await submitBoth(upstream, reply)).toEqual(
      both({ outcome: 'billing', code: 1104, message: 'no credits' }),
    );
  });

  test('reads and the balance are read', async () => {
    upstream.always('task', scripted.json({ code: '1000', data: { _id: 't', status: '2' } }));
    upstream.always('quota', scripted.json({ code: '1000', data: { credit: '77.5' } }));
    const client = clientOf(upstream.url);
    expect(await client.readHeadSwapTask('t')).toMatchObject({ status: 'PROCESSING' });
    expect(await client.readCreditBalance()).toBe(77.5);
    await client.close();
  });
});
