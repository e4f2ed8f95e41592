import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { handClock, idOf, ownCustomer, testSandbox } from './support.ts';

/** Parts of a job's time, in percent. */
const MOMENTS = [5, 20, 35, 45, 55, 62, 75, 100, 130, 150, 170];

const answerShape = z.object({
  code: z.number(),
  data: z
    .object({
      status: z.number().optional(),
      video_url: z.string().nullish(),
      analysis_result: z.object({}).nullish(),
    })
    .optional(),
});

async function labelOf(answer: Response): Promise<string> {
  const text = await answer.text();
  if (answer.headers.get('content-type') === 'text/html') return `html ${answer.status}`;
  const { code, data } = answerShape.parse(JSON.parse(text));
  if (code !== 1000) return `${code}`;
  if (data?.status === undefined) return 'empty';
  // The video of an analysis is its source.
  const result = data.analysis_result ?? (text.includes('source_video_url') && data.video_url);
  return `${data.status}${result ? '+' : ''}`;
}

/** What reads of a job of this card show at each of the moments. */
async function course(kind: 'analysis' | 'task', card: string): Promise<string> {
  const clock = handClock();
  const sandbox = await testSandbox({ clock, analysisMs: 1_000, taskMs: 1_000 });
  const akool = ownCustomer(sandbox);
  const videoUrl = `https://videos.example/${card}.mp4`;
  let path = `analyze/detail?_id=${idOf(await akool.analyze(videoUrl))}`;
  if (kind === 'task') {
    clock.move(2_000);
    path = `task/detail?_id=${idOf(await akool.create(videoUrl))}`;
  }
  const told: string[] = [];
  let passed = 0;
  for (const moment of MOMENTS) {
    clock.move(moment * 10 - passed);
    passed = moment * 10;
    const headers = { 'x-api-key': sandbox.apiKey };
    told.push(
      await labelOf(await fetch(`${sandbox.url}/api/open/v4/headswap/${path}`, { headers })),
    );
  }
  return told.join(' ');
}

describe('the way of a task over HTTP', () => {
  it.each([
    ['holiday', '1 2 2 2 2 2 2 3+ 3+ 3+ 3+'],
    ['task-fails', '1 2 2 2 2 2 2 4 4 4 4'],
    ['never-ends', '1 2 2 2 2 2 2 2 2 2 2'],
    ['ends-unknown', '1 2 2 2 2 2 2 5 5 5 5'],
    ['vanishes', '1 2 2 2 2 1014 1014 1014 1014 1014 1014'],
    ['regress', '1 2 2 2 1 1 2 3+ 2 2 3+'],
    ['unknown-status', '1 2 2 5 9 2 2 3+ 3+ 3+ 3+'],
    ['no-url-yet', '1 2 2 2 2 2 2 3 3 3+ 3+'],
    ['still-initialising', '1015 1015 1015 1015 1015 2 2 3+ 3+ 3+ 3+'],
    ['not-found-yet', '1014 1014 1014 1014 1014 2 2 3+ 3+ 3+ 3+'],
    ['empty-data', 'empty empty empty empty empty 2 2 3+ 3+ 3+ 3+'],
    ['rate-limited', '1 2 1005 1005 1005 2 2 3+ 3+ 3+ 3+'],
    ['server-error', '1 2 2001 2001 2001 2 2 3+ 3+ 3+ 3+'],
    ['html-error', '1 2 html 502 html 502 html 502 2 2 3+ 3+ 3+ 3+'],
    ['early-url', '1+ 2+ 2+ 2+ 2+ 2+ 2+ 3+ 3+ 3+ 3+'],
  ])('%s: %s', async (card, expected) => {
    const narrowed = card === 'holiday' || card === 'task-fails' ? card : `task-${card}`;
    expect(await course('task', narrowed)).toBe(expected);
  });

  it('slow: four times as long', async () => {
    expect(await course('task', 'task-slow')).toBe('1 1 1 2 2 2 2 2 2 2 2');
  });
});

describe('the way of an analysis over HTTP', () => {
  it.each([
    ['holiday', '1 2 2 2 2 2 2 3+ 3+ 3+ 3+'],
    ['analysis-fails', '1 2 2 2 2 2 2 4 4 4 4'],
    ['never-ends', '1 2 2 2 2 2 2 2 2 2 2'],
    ['no-url-yet', '1 2 2 2 2 2 2 3 3 3+ 3+'],
    ['empty-data', 'empty empty empty empty empty 2 2 3+ 3+ 3+ 3+'],
    ['html-error', '1 2 html 502 html 502 html 502 2 2 3+ 3+ 3+ 3+'],
  ])('%s: %s', async (card, expected) => {
    expect(await course('analysis', card)).toBe(expected);
  });
});
