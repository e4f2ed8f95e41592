import { describe, expect, it } from 'vitest';
import {
  findPeople,
  giveFaces,
  headed,
  ordered,
  orderVideo,
  prepareOrder,
  showsProgress,
  submitVideo,
} from '../support/example/story.ts';
import { canRunExample, SKIPPED, useExample } from '../support/example/use-example.ts';

const CREATE = { name: 'Create video' };
const ASK_AGAIN = { name: 'Ask again' };
const FACE_OF_PERSON_1 = 'Or the address of a picture for Person 1';

describe.skipIf(!canRunExample())(`the example in trouble, in a browser ${SKIPPED}`, () => {
  const example = useExample();

  it('says why a video was refused, could not be analysed, or has nobody in it', async () => {
    const page = await example.open();
    await page.getByRole('button', { name: 'Find people' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('Enter the address of a video.');
    await page.getByLabel('Or paste the address of a video').fill(example.videoUrl('too-long'));
    await page.getByRole('button', { name: 'Find people' }).click();
    await page.getByRole('alert').getByText('Video is too long').waitFor();

    await submitVideo(page, example.videoUrl('analysis-fails'));
    example.move(100);
    await page.getByRole('alert').getByText('The video could not be analysed').waitFor();
    await page.getByRole('link', { name: 'Try another video' }).click();
    await headed(page, 'Start with a video');

    await submitVideo(page, example.videoUrl('no-people'));
    example.move(100);
    await page.getByText('Nobody was found').waitFor();
  });

  it('says why a video could not be made, and by what support finds it', async () => {
    const page = await example.open();
    await orderVideo(page, example, 'two-people-task-fails');
    example.move(100);
    await headed(page, 'This did not work out');
    const words = await page.getByRole('alert').innerText();
    expect(words).toMatch(/No usable face.*\n+.*Support can look it up by [0-9a-f]{20,}/s);
    await page.getByRole('link', { name: 'Other faces, same video' }).click();
    await headed(page, 'We found 2 people');
  });

  it('says that a job is slow, then that it is overdue and not to be bought again', async () => {
    const page = await example.open();
    await page.clock.install();
    await orderVideo(page, example, 'two-people-task-never-ends');
    example.move(40);
    await headed(page, 'Making your video');
    const slow = page.getByText('Taking longer than usual');
    expect(await slow.count()).toBe(0);
    await page.clock.fastForward('00:31');
    await slow.waitFor();
    example.passHours(3);
    await page.getByText('This is overdue').waitFor();
    expect(await page.locator('main').innerText()).toContain('that would be a second purchase');
    expect(await slow.count()).toBe(0);
  });

  it('says that nothing was bought when a purchase is refused, and lets it be tried again', async () => {
    const page = await example.open();
    await prepareOrder(page, example, 'two-people-no-credits');
    const before = { creates: example.creates(), tasks: example.tasks() };
    await page.getByRole('button', CREATE).click();
    const notice = page.getByRole('alert');
    await notice.getByText('Not enough credits').waitFor();
    await notice.getByText('Nothing was bought.').waitFor();
    // The card is the video's. Another one in the face is a refusal that passes.
    await page.goto(example.url);
    await findPeople(page, example, 'two-people-submit-rate-limited');
    await giveFaces(page, example);
    await page.getByRole('button', CREATE).click();
    await page.getByText('The service is busy').waitFor();
    await notice.getByText('Nothing was bought.').waitFor();
    expect(example.tasks()).toBe(before.tasks);
    await page.getByRole('button', CREATE).click();
    await ordered(page);
    expect(example.tasks()).toBe(before.tasks + 1);
  });

  it('says when it does not know whether it bought, and goes on once it does', async () => {
    const page = await example.open();
    await prepareOrder(page, example, 'two-people-lost-answer');
    const creates = example.creates();
    await page.getByRole('button', CREATE).click();
    const words = page.getByText('We do not know yet whether this went through');
    await words.waitFor();
    await page.getByRole('button', ASK_AGAIN).click();
    await words.waitFor();
    await page.reload();
    await words.waitFor();
    // The webhook at the task's end tells.
    example.move(100);
    await headed(page, 'Your video is ready');
    expect(example.creates()).toBe(creates + 1);
  });

  it('has a way on after other faces were ordered under a purchase that is not settled', async () => {
    const page = await example.open({ viewport: { width: 1280, height: 700 } });
    await findPeople(page, example);
    await giveFaces(page, example);
    await page.getByLabel(FACE_OF_PERSON_1).fill(example.faceUrl('face-lost-answer'));
    const tasks = example.tasks();
    await page.getByRole('button', CREATE).click();
    await page.getByText('We do not know yet').waitFor();
    await page.getByLabel(FACE_OF_PERSON_1).fill(example.faceUrl('face-2'));
    await page.getByRole('button', ASK_AGAIN).click();
    await page.getByText('You have ordered this video with other faces').waitFor();
    expect(await page.getByRole('button', CREATE).getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('button', CREATE).click({ force: true });

    example.move(100);
    const notice = page.getByText('Your earlier order went through');
    await notice.waitFor();
    // It came below the screen, and has to be seen all the same.
    await page.waitForFunction(
      (box) => box !== null && box.getBoundingClientRect().bottom <= innerHeight,
      await notice.elementHandle(),
    );
    expect(example.tasks()).toBe(tasks + 1);
    const scrolled = (): Promise<number> => page.evaluate(() => scrollY);
    expect(await scrolled()).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'Watch the earlier video' }).click();
    await headed(page, 'Your video is ready');
    expect(await scrolled()).toBe(0);
    await page.getByRole('link', { name: 'Other faces, same video' }).click();
    await headed(page, 'We found 2 people');
    await page.getByRole('button', CREATE).click();
    await ordered(page);
    expect(example.tasks()).toBe(tasks + 2);
  });

  it('buys the other faces beside the earlier order where that is wanted', async () => {
    const page = await example.open();
    await findPeople(page, example);
    await page.getByLabel(FACE_OF_PERSON_1).fill(example.faceUrl('face-lost-answer'));
    const tasks = example.tasks();
    await page.getByRole('button', CREATE).click();
    await page.getByText('We do not know yet').waitFor();
    await giveFaces(page, example);
    await page.getByRole('button', ASK_AGAIN).click();
    await page.getByText('You have ordered this video with other faces').waitFor();
    example.move(100);
    await page.getByRole('button', { name: 'Buy this one too' }).dblclick();
    await ordered(page);
    expect(example.tasks()).toBe(tasks + 2);
  });

  it('says that it is offline, and catches up when it is back', async () => {
    const page = await example.open();
    await orderVideo(page, example);
    await page.context().setOffline(true);
    const offline = page.getByRole('status').getByText('You are offline');
    await offline.waitFor();
    example.move(50);
    await page.context().setOffline(false);
    await showsProgress(page, 50);
    await offline.waitFor({ state: 'hidden' });
    example.move(50);
    await headed(page, 'Your video is ready');
    expect(await page.locator('.banner').innerText()).toBe('');
  });

  it('says that no answer came to a purchase, which a further press makes once', async () => {
    const page = await example.open();
    await prepareOrder(page, example);
    const creates = example.creates();
    await page.context().setOffline(true);
    await page.getByRole('button', CREATE).click();
    await page.getByText('We did not hear back').waitFor();
    await page.context().setOffline(false);
    await page.getByRole('button', ASK_AGAIN).click();
    await ordered(page);
    expect(example.creates()).toBe(creates + 1);
  });

  it('says that it reconnects while the gateway is away, and goes on with its watch', async () => {
    const page = await example.open();
    await orderVideo(page, example);
    example.move(30);
    await showsProgress(page, 30);
    await example.stopGateway();
    const lost = page.getByRole('status').getByText('Connection lost. Reconnecting…');
    await lost.waitFor();
    example.move(30);
    await example.startGateway();
    await showsProgress(page, 60);
    await lost.waitFor({ state: 'hidden' });
    expect(await page.locator('.banner').innerText()).toBe('');
  });
});
