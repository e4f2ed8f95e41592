import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as scripted from '../support/akool/scripted-answers.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startWithUpstream, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { submitAnalysis, taskInput } from '../support/gateway/stories.ts';
import { buy, newKey, readyAnalysis, resultOf, submit } from '../support/purchases/buying.ts';
import { until } from '../support/processes/until.ts';

let upstream: ScriptedUpstream;
let gateway: Gateway;

beforeAll(async () => {
  ({ upstream, gateway } = await startWithUpstream());
});
afterAll(stopGateways);

const creates = (): number => upstream.requestsTo('createTask').length;

/** A presigned URL that runs out so many seconds from now. */
function presigned(seconds: number): string {
  const begins = new Date(Date.now() - 3_600_000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `https://b.s3.amazonaws.com/a.png?X-Amz-Date=${begins}&X-Amz-Expires=${3600 + seconds}&X-Amz-Signature=the-signature`;
}

describe('a presigned URL', () => {
  it('that has run out is refused, with its expiry, before anything is asked of AKOOL', async () => {
    const before = upstream.requestsTo('analyze').length;
    const videoUrl = presigned(-60);
    const refused = await submit(gateway, { videoUrl, idempotencyKey: newKey() });
    expect(refused).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringMatching(
        /videoUrl: is a presigned URL that ran out at 20\d\d-.*Z: sign it again/,
      ),
    });
    expect(refused.message).not.toContain('the-signature');
    expect(upstream.requestsTo('analyze')).toHaveLength(before);
  });

  it('of a face as well, and the key stays unused', async () => {
    const input = taskInput(await readyAnalysis(gateway, upstream));
    const before = creates();
    const expired = { ...input, mappings: [{ objId: 0, faceUrl: presigned(-1) }] };
    expect(await buy(gateway, expired)).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringContaining('mappings.0.faceUrl: is a presigned URL that ran out'),
    });
    expect(creates()).toBe(before);
    expect(await resultOf(gateway, input.idempotencyKey)).toBeNull();
    expect(await buy(gateway, input)).toMatchObject({ __typename: 'HeadSwapTask' });
  });

  it('that has run out since it was bought with brings what was bought', async () => {
    const input = {
      ...taskInput(await readyAnalysis(gateway, upstream)),
      mappings: [{ objId: 0, faceUrl: presigned(2) }],
    };
    const bought = await buy(gateway, input);
    expect(bought).toMatchObject({ __typename: 'HeadSwapTask' });
    const again = () => buy(gateway, { ...input, idempotencyKey: newKey() });
    await until(async () => (await again()).__typename === 'InvalidInputError');
    expect(await buy(gateway, input)).toEqual(bought);
  });

  it('that runs out within 10 minutes is told to the log, without its signature', async () => {
    const before = gateway.logs.length;
    await submit(gateway, { videoUrl: presigned(300) });
    const lines = gateway.logs.slice(before).filter((line) => line.includes('runs out within'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"field":"videoUrl"');
    expect(gateway.logs.join('')).not.toContain('the-signature');
  });
});

it('an issue names a mapping by its place in the input, however they are sorted', async () => {
  const input = taskInput(await readyAnalysis(gateway, upstream));
  const faceUrl = 'https://example.com/face.png';
  const mappings = [
    { objId: 7, faceUrl },
    { objId: 1, faceUrl: presigned(-1) },
    { objId: 0, faceUrl },
  ];
  expect((await buy(gateway, { ...input, mappings })).message).toContain('mappings.0.objId');
  const [, ...known] = mappings;
  expect((await buy(gateway, { ...input, mappings: known })).message).toContain(
    'mappings.0.faceUrl',
  );
});

describe('a video', () => {
  const analysed = async (video_info: object | null): Promise<string> => {
    const id = await submitAnalysis(gateway);
    const media = [{ obj_id: 0, img_url: 'https://example.com/p.png' }];
    upstream.setAnalysis(id, { status: 3, analysis_result: { media, video_info } });
    await until(async () => {
      const { data } = await gateway.ask(`{ analysis(id: "${id}") { status } }`);
      return data.analysis.status === 'COMPLETED';
    });
    return id;
  };

  it.each([
    [45, 1, 45],
    ['3000', '60', 50],
    [30, 30, 1],
  ])('of %s frames at %s a second is not paid for', async (frame_count, fps, seconds) => {
    const before = creates();
    const input = taskInput(await analysed({ frame_count, fps }));
    expect(await buy(gateway, input)).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringContaining(`analysisId: names an analysis of a video of ${seconds} s`),
    });
    expect(creates()).toBe(before);
  });

  it.each([
    ['of a length near the bounds', { frame_count: 750, fps: 30 }],
    ['whose length is not known', { width: 640 }],
    ['of which nothing is known', null],
  ])('%s is left to AKOOL', async (_name, info) => {
    const input = taskInput(await analysed(info));
    expect(await buy(gateway, input)).toMatchObject({ __typename: 'HeadSwapTask' });
  });
});

describe('an outcome that stays unknown', () => {
  it('keeps AKOOL’s words for whoever asks, and loses them when it is settled', async () => {
    const input = taskInput(await readyAnalysis(gateway, upstream));
    upstream.next('createTask', scripted.code(1012, 'the queue is full, try again later'));
    const words = expect.stringMatching(/AKOOL said: the queue is full, try again later$/);
    for (const outcome of [
      await buy(gateway, input),
      await buy(gateway, input),
      await resultOf(gateway, input.idempotencyKey),
    ]) {
      expect(outcome).toMatchObject({ __typename: 'OutcomeUnknownError', message: words });
    }
  });

  it('of an analysis without a key has them too', async () => {
    upstream.next('analyze', scripted.code(2001, 'out of order'));
    expect(await submit(gateway, { videoUrl: 'https://example.com/v.mp4' })).toMatchObject({
      __typename: 'OutcomeUnknownError',
      message: expect.stringMatching(/AKOOL said: out of order$/),
    });
  });
});

describe('the credit balance before a create', () => {
  it('is asked for beside it, and a balance that never comes delays nothing', async () => {
    const input = taskInput(await readyAnalysis(gateway, upstream));
    const before = upstream.requestsTo('quota').length;
    upstream.next('quota', scripted.hang);
    expect(await buy(gateway, input)).toMatchObject({ __typename: 'HeadSwapTask' });
    await upstream.received('quota', before + 1);
  });
});

describe('a job of AKOOL’s whose video URL cannot be kept', () => {
  it.each([
    [`https://example.com/${'v'.repeat(9_000)}`, 'has 9020 characters, and at most 8192 are taken'],
    ['ftp://example.com/v.mp4', 'is not an absolute http or https URL'],
    [undefined, 'does not name its video'],
  ])('is an error that says so, and not unknown', async (video_url, why) => {
    upstream.setAnalysis('foreign', { status: 2, video_url });
    const { data, errors } = await gateway.ask('{ analysis(id: "foreign") { id } }');
    expect(data).toEqual({ analysis: null });
    expect(errors?.[0]?.extensions['code']).toBe('AKOOL_PROTOCOL');
    expect(errors?.[0]?.message).toContain(why);
  });
});
