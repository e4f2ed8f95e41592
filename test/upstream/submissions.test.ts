import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { DOCUMENTED_CODES } from '../../src/upstream/codes.ts';
import { clientOf, ANY_TIME, ORDER } from '../support/akool/akool-client.ts';
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

describe('what each documented code makes of a submission', () => {
  const billing = new Set([1006, 1103, 1104, 1213, 1221]);
  const unknown = new Set([1108, 1205, 2001]);
  const expected = (code: number): Readonly<Record<string, unknown>> => {
    if (unknown.has(code)) {
      return { outcome: 'unknown', reason: `code ${code}`, words: `scripted ${code}` };
    }
    if (code === 1005) return { outcome: 'unavailable', pauseMs: 5_000 };
    const message: unknown =
      code === 1015
        ? expect.stringMatching(/cannot download one of the URLs.* It said: scripted 1015$/)
        : `scripted ${code}`;
    return { outcome: billing.has(code) ? 'billing' : 'rejected', code, message };
  };

  test('all of the contract are there', () => {
    expect(DOCUMENTED_CODES).toEqual([
      1000, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1014, 1015, 1016, 1101, 1102,
      1103, 1104, 1108, 1200, 1203, 1204, 1205, 1207, 1208, 1209, 1210, 1213, 1221, 1222, 2001,
    ]);
  });

  const failures = DOCUMENTED_CODES.filter((code) => code !== 1000);
  for (const status of [200, 400]) {
    test.each(failures)(`HTTP ${status} with %i`, async (code) => {
      const reply = scripted.json({ code, msg: `scripted ${code}` }, status);
      expect(await submitBoth(upstream, reply)).toMatchObject(both(expected(code)));
    });
  }

  test.each([4242, 0, -1, 1000.5, 999])('undocumented %d is unknown', async (code) => {
    expect(await submitBoth(upstream, scripted.code(code))).toMatchObject(
      both({ outcome: 'unknown' }),
    );
  });
});

describe('an accepted submission', () => {
  test('carries the observation of the answer', async () => {
    const client = clientOf(upstream.url);
    expect(await client.submitAnalysis('https://a.b', ANY_TIME)).toMatchObject({
      outcome: 'accepted',
      observation: { kind: 'ANALYSIS', status: 'QUEUED', progress: 0, persons: null },
    });
    expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toMatchObject({
      outcome: 'accepted',
      observation: {
        kind: 'HEAD_SWAP_TASK',
        status: 'QUEUED',
        resolution: 'P720',
        outputUrl: null,
        durationSeconds: 10,
        deductionLockDuration: 100,
        deductionDuration: null,
      },
    });
  });

  test('needs nothing but a string _id', async () => {
    const data = { _id: 'x', status: 'done', progress: [], resolution: 4, video_url: {} };
    const odd = { ...data, create_time: 'now', task_id: 9.5, error_code: '0' };
    const observation = { id: 'x', status: null, progress: null, createdAt: null, supportId: null };
    expect(await submitBoth(upstream, scripted.success(odd))).toMatchObject(
      both({ outcome: 'accepted', observation }),
    );
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('may come in %s, though identity was asked for', async (encoding, pack) => {
    const body = pack(Buffer.from(JSON.stringify({ code: 1000, data: { _id: 'x' } })));
    const reply = scripted.answer(body, 200, { 'content-encoding': encoding });
    expect(await submitBoth(upstream, reply)).toMatchObject(both({ outcome: 'accepted' }));
  });

  test('may come with HTTP 201', async () => {
    const reply = scripted.json({ code: 1000, data: { _id: 'x' } }, 201);
    expect(await submitBoth(upstream, reply)).toMatchObject(both({ outcome: 'accepted' }));
  });
});

describe('what leaves', () => {
  const odd = 'HTTPS://Ex%61mple.com:443/a b/../ü.mp4?x=%zz#frag\u{1F600}';

  test('carries the caller’s strings byte for byte', async () => {
    const client = clientOf(upstream.url);
    await client.submitAnalysis(odd, ANY_TIME);
    await client.createHeadSwapTask(
      {
        ...ORDER,
        videoUrl: odd,
        mappings: [{ objId: 3, faceUrl: odd }],
        resolution: 'P480',
        keepOriginalSound: false,
        templateId: 't-1',
        webhookUrl: 'https://me.example/webhooks/akool/x',
      },
      ANY_TIME,
    );
    expect(upstream.requestsTo('analyze')[0]?.json).toEqual({ video_url: odd, type: 'head' });
    expect(upstream.requestsTo('createTask')[0]?.json).toEqual({
      video_url: odd,
      mappings: [{ obj_id: 3, img_url: odd }],
      model_name: 'akool-premium',
      resolution: '480p',
      keep_original_sound: false,
      template_id: 't-1',
      webhookUrl: 'https://me.example/webhooks/akool/x',
    });
    for (const { rawBody } of upstream.requests) {
      expect(rawBody.includes(`"video_url":"${odd}"`)).toBe(true);
    }
  });

  test('leaves out what was not given', async () => {
    await clientOf(upstream.url).createHeadSwapTask(ORDER, ANY_TIME);
    const [request] = upstream.requestsTo('createTask');
    expect(Object.keys(Object(request?.json))).toEqual([
      'video_url',
      'mappings',
      'model_name',
      'resolution',
      'keep_original_sound',
    ]);
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      connection: 'close',
    });
  });
});

describe('an order that may not be sent any more', () => {
  test('is not sent, and its key is free', async () => {
    const client = clientOf(upstream.url);
    const late = { startBy: systemClock.now() - 1 };
    const unavailable = { outcome: 'unavailable', pauseMs: null };
    expect(await client.createHeadSwapTask(ORDER, late)).toEqual(unavailable);
    expect(await client.submitAnalysis('https://a.b', late)).toEqual(unavailable);
    expect(upstream.requests).toEqual([]);
  });
});
