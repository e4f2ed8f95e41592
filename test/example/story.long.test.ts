import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../support/processes/until.ts';
import {
  findPeople,
  giveFaces,
  headed,
  ordered,
  orderVideo,
  prepareOrder,
  showsProgress,
} from '../support/example/story.ts';
import { canRunExample, SKIPPED, useExample } from '../support/example/use-example.ts';

const ASSETS = fileURLToPath(new URL('../../src/sandbox/files/assets/', import.meta.url));

/** The player has really decoded frames and shows them one after the other. */
async function plays(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const video = document.querySelector('video');
    return video !== null && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  });
  const seen = await page.evaluate(async () => {
    const video = document.querySelector('video');
    if (video === null) throw new Error('There is no player.');
    video.muted = true;
    await video.play();
    const times: number[] = [];
    while (times.length < 3) {
      const frame = await new Promise<VideoFrameCallbackMetadata>((resolve) => {
        video.requestVideoFrameCallback((_now, metadata) => resolve(metadata));
      });
      times.push(frame.mediaTime);
    }
    return { times, width: video.videoWidth, height: video.videoHeight };
  });
  expect(seen).toMatchObject({ width: 480, height: 270 });
  expect(new Set(seen.times).size).toBe(3);
  expect(seen.times).toEqual([...seen.times].sort((one, other) => one - other));
}

describe.skipIf(!canRunExample())(`the example's story in a browser ${SKIPPED}`, () => {
  const example = useExample();

  it('goes from a URL to an output that plays and can be saved, bought by one press', async () => {
    const page = await example.open();
    const creates = example.creates();
    await findPeople(page, example);
    for (const person of ['Person 1', 'Person 2']) {
      const preview = page.getByRole('img', { name: `${person} in the video` });
      const { width, height } = await preview.evaluate((image: HTMLImageElement) => ({
        width: image.naturalWidth,
        height: image.naturalHeight,
      }));
      expect(width).toBeGreaterThan(0);
      const box = await preview.boundingBox();
      expect(Math.abs((box?.width ?? 0) / (box?.height ?? 1) - width / height)).toBeLessThan(0.01);
    }
    await giveFaces(page, example);
    await page.getByRole('button', { name: 'Create video' }).click();

    await ordered(page);
    for (const percent of [30, 60, 90]) {
      example.move(30);
      await showsProgress(page, percent);
    }
    example.move(10);
    await headed(page, 'Your video is ready');
    await plays(page);
    expect(example.creates()).toBe(creates + 1);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download video' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.mp4$/);
    const saved = readFileSync(await download.path());
    expect(saved.equals(readFileSync(`${ASSETS}output.mp4`))).toBe(true);
  });

  it('goes from a file to an output that plays, and tells how much was sent', async () => {
    const page = await example.open();
    const tasks = example.tasks();
    // A connection on which the bytes take long enough to be watched.
    const network = await page.context().newCDPSession(page);
    await network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: statSync(`${ASSETS}source.mp4`).size,
    });
    await page.getByLabel('Choose a video file').setInputFiles(`${ASSETS}source.mp4`);
    const sending = page.getByRole('progressbar', { name: 'Sending your video' });
    await until(async () => {
      const percent = Number(await sending.getAttribute('value'));
      return percent > 0 && percent < 100;
    });
    await network.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
    await headed(page, 'Finding people');
    await page.getByRole('progressbar', { name: 'Looking for people' }).or(inQueue(page)).waitFor();
    example.move(100);
    await headed(page, 'We found one person');
    await page.getByLabel('Choose a picture for Person 1').setInputFiles(`${ASSETS}face.png`);
    await page.getByRole('img', { name: 'The new face of Person 1' }).waitFor();
    await page.getByRole('button', { name: 'Create video' }).click();
    await ordered(page);
    example.move(100);
    await headed(page, 'Your video is ready');
    await plays(page);
    expect(example.tasks()).toBe(tasks + 1);
  });

  it('buys once by a double click', async () => {
    const page = await example.open();
    await prepareOrder(page, example);
    const before = { creates: example.creates(), tasks: example.tasks() };
    await page.getByRole('button', { name: 'Create video' }).dblclick();
    await ordered(page);
    expect(example.creates()).toBe(before.creates + 1);
    expect(example.tasks()).toBe(before.tasks + 1);
  });

  it('goes on with the one purchase after a reload amid it, and after one amid the watch', async () => {
    const page = await example.open();
    await prepareOrder(page, example, 'two-people-late-answer');
    const creates = example.creates();
    await page.getByRole('button', { name: 'Create video' }).click();
    // The sandbox holds its answer back until its time moves on.
    await until(() => example.creates() === creates + 1);
    await page.reload();
    await headed(page, 'We found 2 people');
    await page.getByRole('button', { name: 'Create video' }).waitFor();
    example.answerLate();
    await page.waitForURL(/#\/task\//);
    await page.reload();
    await page.locator('video').waitFor();
    await plays(page);
    expect(example.creates()).toBe(creates + 1);
  });

  it('goes on with the watch after a reload', async () => {
    const page = await example.open();
    await orderVideo(page, example);
    const creates = example.creates();
    example.move(40);
    await showsProgress(page, 40);
    await page.reload();
    await headed(page, 'Making your video');
    await showsProgress(page, 40);
    example.move(60);
    await headed(page, 'Your video is ready');
    expect(example.creates()).toBe(creates);
  });

  it('updates the jobs of the team as they change, whoever made them', async () => {
    const watching = await example.open();
    const jobs = watching.getByRole('complementary', { name: 'Your team’s jobs' });
    const other = await example.open();
    await orderVideo(other, example, 'two-people-of-another');
    const row = jobs.getByRole('link', { name: /^two-people-of-another\.mp4.*Video/ });
    example.move(50);
    await row.getByText('50 %').waitFor();
    example.move(50);
    await row.getByText('Ready').waitFor();
    expect(await jobs.getByRole('link').count()).toBeGreaterThan(1);
    await row.click();
    await headed(watching, 'Your video is ready');
  });

  it('can be told by keyboard alone', async () => {
    const page = await example.open();
    const press = (key: string): Promise<void> => page.keyboard.press(key);
    /** Moves on until what has the focus goes by this name. */
    const tabTo = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 30; presses += 1) {
        await press('Tab');
        const words = await page.evaluate(() => {
          const element = document.activeElement;
          const label = element instanceof HTMLInputElement ? element.labels?.[0] : element;
          return element?.getAttribute('aria-label') ?? label?.textContent;
        });
        if (words === name) return;
      }
      throw new Error(`Nothing by the name of ${name} can be reached.`);
    };

    await tabTo('Or paste the address of a video');
    await page.keyboard.type(example.videoUrl());
    await press('Enter');
    await page.getByRole('progressbar').waitFor();
    example.move(100);
    await headed(page, 'We found 2 people');
    // A page that comes takes the focus to its heading.
    expect(await page.locator(':focus').textContent()).toBe('We found 2 people');
    await tabTo('Sample face 1 for Person 1');
    await press('Space');
    await tabTo('Sample face 2 for Person 2');
    await press('Enter');
    await tabTo('Create video');
    await press('Enter');
    await ordered(page);
    example.move(100);
    await headed(page, 'Your video is ready');
    await tabTo('Download video');
    await Promise.all([page.waitForEvent('download'), press('Enter')]);
    await tabTo('New video');
    await press('Enter');
    await headed(page, 'Start with a video');
  });
});

function inQueue(page: Page) {
  return page.getByRole('progressbar', { name: 'In the queue' });
}
