import { afterAll, beforeAll, expect, it } from 'vitest';
import { resultOf } from '../support/purchases/buying.ts';
import { finishTask } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { startWebhookStory, type WebhookStory } from '../support/akool/webhook-story.ts';
import { post, sealedText } from '../support/akool/webhooks.ts';

/** Webhooks as AKOOL's neighbours were seen to send them: only the task's name is sure. */

let story: WebhookStory;

beforeAll(async () => {
  story = await startWebhookStory();
});
afterAll(() => story.stop());

const claims: readonly (readonly [string, object])[] = [
  ['without type', { status: 3, url: '' }],
  ['with status 1', { status: 1, type: 'headswap' }],
  ['with status "3"', { status: '3', type: 'headswap' }],
  ['without status', { type: 'headswap' }],
  ['with status 5', { status: 5, type: 7, url: null }],
];

it.each(claims.map(([name, claim], index) => [name, claim, index] as const))(
  'one %s settles a create whose answer was lost',
  async (_name, claim, index) => {
    const { input, id, token } = await story.lost(`6a066dc58570ecbf64f7010${index}`);
    const { status } = await post(
      story.gateway,
      token,
      sealedText(JSON.stringify({ _id: id, ...claim })),
    );
    expect(status).toBe(200);
    await until(async () => (await resultOf(story.gateway, input.idempotencyKey))?.id === id);
  },
);

it('one without type ends a task that nobody watches at once', async () => {
  const { id, token } = await story.bought();
  finishTask(story.upstream, id);
  const webhook = sealedText(JSON.stringify({ _id: id }));
  expect((await post(story.gateway, token, webhook)).status).toBe(200);
  await until(async () => (await story.stateOf(id)).status === 'COMPLETED');
  expect(story.reads()).toBeLessThan(20);
});
