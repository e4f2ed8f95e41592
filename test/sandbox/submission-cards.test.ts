import { describe, expect, it } from 'vitest';
import { analyzedSandbox, idOf, ownCustomer, testSandbox } from './support.ts';

const faceOf = (card: string) => ({
  mappings: [{ obj_id: 0, img_url: `https://faces.example/${card}.png` }],
});

/** A create as a browser's network tab shows it. */
async function rawCreate(sandbox: { url: string; apiKey: string }, videoUrl: string) {
  const answer = await fetch(`${sandbox.url}/api/open/v4/headswap/task/create`, {
    method: 'POST',
    headers: { 'x-api-key': sandbox.apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({
      video_url: videoUrl,
      ...faceOf('face'),
      model_name: 'akool-premium',
      resolution: '480p',
    }),
  });
  const type = answer.headers.get('content-type');
  return { status: answer.status, type, text: await answer.text() };
}

describe('unreachable', () => {
  it('in a video answers analyze with 1015 and makes no analysis', async () => {
    const sandbox = await testSandbox();
    const answer = await ownCustomer(sandbox).analyze('https://videos.example/unreachable.mp4');
    expect(answer).toEqual({ code: 1015, msg: expect.any(String) });
    expect(sandbox.stats().analyses).toEqual([]);
  });

  it('in a face answers create with 1015, makes no task and costs nothing', async () => {
    const url = 'https://videos.example/holiday.mp4';
    const { akool, sandbox } = await analyzedSandbox(url);
    expect(await akool.create(url, faceOf('unreachable'))).toEqual({
      code: 1015,
      msg: expect.any(String),
    });
    expect(sandbox.stats()).toMatchObject({ tasks: [], credits: 1_000 });
    expect(await akool.create(url)).toMatchObject({ code: 1000 });
  });
});

describe('answers to create', () => {
  it('submit-server-error: 2001, and no task', async () => {
    const url = 'https://videos.example/submit-server-error.mp4';
    const { akool, sandbox } = await analyzedSandbox(url);
    expect(await akool.create(url)).toMatchObject({ code: 2001 });
    expect(sandbox.stats()).toMatchObject({ tasks: [], credits: 1_000 });
  });

  it.each([
    ['submit-html-error', 502, 0],
    ['submit-html-forbidden', 403, 0],
    ['html-answer', 502, 1],
  ])('%s: an HTML page with HTTP %i, and %i tasks', async (card, status, tasks) => {
    const url = `https://videos.example/${card}.mp4`;
    const { sandbox } = await analyzedSandbox(url);
    const answer = await rawCreate(sandbox, url);
    expect(answer).toMatchObject({ status, type: 'text/html' });
    expect(answer.text).toMatch(/^<html>/);
    expect(sandbox.stats().tasks).toHaveLength(tasks);
    expect(sandbox.stats().credits).toBe(1_000 - 10 * tasks);
  });

  it('analysis-lost-answer: an analysis is made, too, before the connection is cut', async () => {
    const sandbox = await testSandbox();
    const url = 'https://videos.example/analysis-lost-answer.mp4';
    await expect(ownCustomer(sandbox).analyze(url)).rejects.toThrow('fetch failed');
    expect(sandbox.stats().analyses).toHaveLength(1);
  });

  it('early-url: has the output URL, which resolves when the task has ended', async () => {
    const url = 'https://videos.example/early-url.mp4';
    const { akool, sandbox, clock } = await analyzedSandbox(url);
    const created = await akool.create(url);
    const output = `${sandbox.url}/outputs/${idOf(created)}.mp4`;
    expect(created).toMatchObject({ data: { status: 1, video_url: output } });
    expect((await fetch(output)).status).toBe(404);
    clock.move(9_000);
    expect((await fetch(output)).status).toBe(200);
  });
});
