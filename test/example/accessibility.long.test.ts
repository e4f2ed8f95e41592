import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { audit } from '../support/example/audit.ts';
import {
  findPeople,
  giveFaces,
  headed,
  orderVideo,
  prepareOrder,
  showsProgress,
  submitVideo,
} from '../support/example/story.ts';
import { canRunExample, SKIPPED, useExample } from '../support/example/use-example.ts';

const VIDEO = fileURLToPath(new URL('../../src/sandbox/files/assets/source.mp4', import.meta.url));

describe.skipIf(!canRunExample())(
  `axe finds nothing, light and dark, and nothing scrolls sideways at phone width ${SKIPPED}`,
  () => {
    const example = useExample();

    it('but is found where it is', async () => {
      const page = await example.open();
      await page.evaluate(() => {
        const words = '<p style="color: #888; background: #999; width: 2000px">words</p>';
        document
          .querySelector('main')
          ?.insertAdjacentHTML('beforeend', `${words}<img src="/icon.svg">`);
      });
      const wrong = await audit(page);
      for (const place of ['desktop, light', 'desktop, dark', 'phone, light', 'phone, dark']) {
        expect(wrong).toContainEqual(expect.stringContaining(`${place}: color-contrast`));
      }
      expect(wrong).toContainEqual(expect.stringContaining('phone, light: image-alt'));
      expect(wrong).toContainEqual(expect.stringMatching(/^phone: \d+ pixels wider/));
    });

    it('from the start to the output', async () => {
      const page = await example.open();
      expect(await audit(page)).toEqual([]);
      await submitVideo(
        page,
        example.videoUrl('two-people-with-a-name-that-is-longer-than-a-phone'),
      );
      example.move(40);
      await showsProgress(page, 40);
      expect(await audit(page)).toEqual([]);
      example.move(60);
      await headed(page, 'We found 2 people');
      expect(await audit(page)).toEqual([]);
      await giveFaces(page, example);
      await page.getByRole('img', { name: 'The new face of Person 2' }).waitFor();
      expect(await audit(page)).toEqual([]);
      await page.getByRole('button', { name: 'Create video' }).click();
      await headed(page, 'Waiting for its turn');
      example.move(40);
      await showsProgress(page, 40);
      expect(await audit(page)).toEqual([]);
      example.move(60);
      await headed(page, 'Your video is ready');
      await page.locator('video').waitFor();
      expect(await audit(page)).toEqual([]);
    });

    it('while a file is sent, and when it was refused', async () => {
      const page = await example.open();
      await page.route('**/uploads/**', () => undefined);
      await page.getByLabel('Choose a video file').setInputFiles(VIDEO);
      await page.getByRole('progressbar', { name: 'Sending your video' }).waitFor();
      expect(await audit(page)).toEqual([]);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByLabel('Or paste the address of a video').fill(example.videoUrl('too-long'));
      await page.getByRole('button', { name: 'Find people' }).click();
      await page.getByRole('alert').waitFor();
      expect(await audit(page)).toEqual([]);
    });

    it('where an analysis or a task came to nothing, or is not known', async () => {
      const page = await example.open();
      await submitVideo(page, example.videoUrl('analysis-fails'));
      example.move(100);
      await page.getByRole('alert').waitFor();
      expect(await audit(page)).toEqual([]);
      await page.goto(`${example.url}/#/`);
      await orderVideo(page, example, 'two-people-task-fails');
      example.move(100);
      await headed(page, 'This did not work out');
      expect(await audit(page)).toEqual([]);
      await page.goto(`${example.url}/#/task/unknown`);
      await page.getByRole('alert').waitFor();
      expect(await audit(page)).toEqual([]);
    });

    it('where a purchase is refused, unknown, or in conflict with an earlier one', async () => {
      const page = await example.open();
      await prepareOrder(page, example, 'two-people-no-credits');
      await page.getByRole('button', { name: 'Create video' }).click();
      await page.getByText('Not enough credits').waitFor();
      expect(await audit(page)).toEqual([]);
      await page.goto(`${example.url}/#/`);
      await findPeople(page, example);
      const face = page.getByLabel('Or the address of a picture for Person 1');
      await face.fill(example.faceUrl('face-lost-answer'));
      await page.getByRole('button', { name: 'Create video' }).click();
      await page.getByText('We do not know yet').waitFor();
      expect(await audit(page)).toEqual([]);
      await face.fill(`${example.url}/no-picture.png`);
      await page.getByText('We cannot show this picture here').waitFor();
      await page.getByRole('button', { name: 'Ask again' }).click();
      await page.getByText('You have ordered this video').waitFor();
      expect(await audit(page)).toEqual([]);
      example.move(100);
      await page.getByText('Your earlier order went through').waitFor();
      expect(await audit(page)).toEqual([]);
    });

    it('while a task is overdue, and the page is offline', async () => {
      const page = await example.open();
      await orderVideo(page, example, 'two-people-task-never-ends');
      example.move(40);
      await showsProgress(page, 40);
      example.passHours(3);
      await page.getByText('This is overdue').waitFor();
      await page.context().setOffline(true);
      await page.getByText('You are offline').waitFor();
      expect(await audit(page)).toEqual([]);
    });
  },
);
