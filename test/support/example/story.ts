import type { Page } from 'playwright-core';
import type { Example } from './use-example.ts';

/** Waits until the page has this heading. */
export async function headed(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** Waits until the page tells this much of its job. */
export async function showsProgress(page: Page, percent: number): Promise<void> {
  await page.locator(`main progress[value="${percent}"]`).waitFor();
}

/** From the start page to the analysis of a video. */
export async function submitVideo(page: Page, videoUrl: string): Promise<void> {
  await page.getByLabel('Or paste the address of a video').fill(videoUrl);
  await page.getByRole('button', { name: 'Find people' }).click();
  await headed(page, 'Finding people');
}

/** From the start page to the persons of a video. */
export async function findPeople(page: Page, example: Example, cards?: string): Promise<void> {
  await submitVideo(page, example.videoUrl(cards));
  await page.getByRole('progressbar').waitFor();
  example.move(100);
  await headed(page, /We found/);
  await page.getByRole('img', { name: 'Person 1 in the video' }).waitFor();
}

/** From the persons to a face for each of two. */
export async function giveFaces(page: Page, example: Example): Promise<void> {
  const address = 'Or the address of a picture for';
  await page.getByLabel(`${address} Person 1`).fill(example.faceUrl('face'));
  await page.getByLabel(`${address} Person 2`).fill(example.faceUrl('face-2'));
}

/** From the start page to the moment before the purchase. */
export async function prepareOrder(page: Page, example: Example, cards?: string): Promise<void> {
  await findPeople(page, example, cards);
  await giveFaces(page, example);
}

/** Waits until the order went through. */
export async function ordered(page: Page): Promise<void> {
  await headed(page, /^(Waiting for its turn|Making your video)$/);
}

/** From the start page to a task under way. */
export async function orderVideo(page: Page, example: Example, cards?: string): Promise<void> {
  await prepareOrder(page, example, cards);
  await page.getByRole('button', { name: 'Create video' }).click();
  await ordered(page);
}
