import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buy, resultOf, VIDEO } from '../support/purchases/buying.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import { finishTask, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { startWebhookStory, type WebhookStory } from '../support/akool/webhook-story.ts';
import { ring } from '../support/akool/webhooks.ts';

/** Webhooks that settle a create before its own answer, or instead of it. */

const OUTPUT = 'https://example.com/output/result.mp4';

let story: WebhookStory;

beforeEach(async () => {
  story = await startWebhookStory();
});

afterEach(() => story.stop());

describe('a purchase whose outcome is unknown', () => {
  it('is settled by its webhook: the task is listed with its mappings and followed to its end', async () => {
    const { input, id, token } = await story.lost('6a066dc58570ecbf64f70011');
    await ring(story.gateway, token, { _id: id, status: 2 });
    await until(async () => (await resultOf(story.gateway, input.idempotencyKey))?.id === id);
    expect(await buy(story.gateway, input)).toEqual({ __typename: 'HeadSwapTask', id });
    expect(await buy(story.gateway, { ...input, resolution: 'P480' })).toMatchObject({
      __typename: 'IdempotencyConflictError',
    });
    const { data } = await story.gateway.ask(
      '{ headSwapTasks { edges { node { id status analysis { id } keepOriginalSound mappings { faceUrl person { objId } } } } } }',
    );
    expect(data.headSwapTasks.edges).toEqual([
      {
        node: {
          id,
          status: 'PROCESSING',
          analysis: { id: story.analysis },
          keepOriginalSound: true,
          mappings: [{ faceUrl: 'https://example.com/faces/face.png', person: { objId: 0 } }],
        },
      },
    ]);
    finishTask(story.upstream, id);
    await ring(story.gateway, token, { _id: id, status: 3 });
    await until(async () => (await story.stateOf(id)).status === 'COMPLETED');
    expect(story.creates()).toBe(1);
  });

  it('is settled after a restart too', async () => {
    const { input, id, token } = await story.lost('6a066dc58570ecbf64f70012');
    await story.restart();
    finishTask(story.upstream, id);
    await ring(story.gateway, token, { _id: id, status: 3 });
    await until(async () => (await resultOf(story.gateway, input.idempotencyKey))?.id === id);
    expect(await story.stateOf(id)).toMatchObject({ status: 'COMPLETED', outputUrl: OUTPUT });
    expect(story.creates()).toBe(1);
  });

  it('is settled at once by two webhooks at once, in the later state', async () => {
    const { input, id, token } = await story.lost('6a066dc58570ecbf64f70013');
    const [early, letGo] = scripted.held(
      scripted.success({ _id: id, status: 2, source_video_url: VIDEO }),
    );
    story.upstream.next('task', early);
    await ring(story.gateway, token, { _id: id, status: 2 });
    await story.upstream.received('task', 1);
    finishTask(story.upstream, id);
    await ring(story.gateway, token, { _id: id, status: 3 });
    letGo();
    await until(async () => (await story.stateOf(id))?.status === 'COMPLETED');
    expect(await buy(story.gateway, input)).toMatchObject({ id });
    expect(story.logged('A webhook was ignored')).toBe(0);
  });

  it('is not settled with a task of another video, nor with one that AKOOL denies', async () => {
    const { input, token } = await story.lost(
      '6a066dc58570ecbf64f70014',
      'https://example.com/other',
    );
    await ring(story.gateway, token, { _id: '6a066dc58570ecbf64f70014', status: 3 });
    await until(() => story.logged('not the one ordered') === 1);
    await ring(story.gateway, token, { _id: '6a066dc58570ecbf64f7dead', status: 3 });
    await until(() => story.logged('AKOOL denies knowing its task') === 1);
    expect(await buy(story.gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
    const right = '6a066dc58570ecbf64f70015';
    story.upstream.setTask(right, { status: 2, source_video_url: VIDEO });
    await ring(story.gateway, token, { _id: right, status: 2 });
    await until(async () => (await resultOf(story.gateway, input.idempotencyKey))?.id === right);
    expect(story.creates()).toBe(1);
  });

  it('is not settled with a task that another purchase has', async () => {
    const owner = await story.bought();
    const { input, token } = await story.lost('6a066dc58570ecbf64f70016');
    await ring(story.gateway, token, { _id: owner.id, status: 2 });
    await until(() => story.logged('not the one ordered') > 0);
    expect(await buy(story.gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
  });

  it('whose answer still hangs is settled by its webhook, also for those who ask after the wait', async () => {
    await story.restart({ env: { UPSTREAM_TIMEOUT_MS: '150' } });
    const id = '6a066dc58570ecbf64f70017';
    let end = (): void => undefined;
    story.upstream.next('createTask', ({ socket }) => {
      end = () => socket.destroy();
    });
    const input = taskInput(story.analysis);
    expect(await buy(story.gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
    story.upstream.setTask(id, { status: 2, source_video_url: VIDEO });
    await ring(story.gateway, story.lastToken(), { _id: id, status: 2 });
    await until(async () => (await buy(story.gateway, input)).id === id);
    expect(await resultOf(story.gateway, input.idempotencyKey)).toMatchObject({ id });
    end();
    await until(() => story.logged('outcome of a create is unknown') > 0);
    expect(await buy(story.gateway, input)).toMatchObject({ id });
    expect(story.creates()).toBe(1);
  });
});

describe('a webhook that comes before the answer to its create', () => {
  const id = '6a066dc58570ecbf64f70021';

  it.each([
    ['that accepts', scripted.success({ _id: id, status: 1 })],
    ['that is lost', scripted.resetAfterReading],
    ['that contradicts it', scripted.code(1104)],
  ])('answers the caller, whatever the answer is: one %s', async (_name, answer) => {
    const input = taskInput(story.analysis);
    const [late, letGo] = scripted.held(answer);
    story.upstream.next('createTask', late);
    const asked = buy(story.gateway, input);
    await story.upstream.received('createTask', 1);
    story.upstream.setTask(id, { status: 2, source_video_url: VIDEO });
    await ring(story.gateway, story.lastToken(), { _id: id, status: 2 });
    expect(await asked).toEqual({ __typename: 'HeadSwapTask', id });
    letGo();
    expect(await buy(story.gateway, input)).toEqual({ __typename: 'HeadSwapTask', id });
    // What stop waits for is the answer.
    await story.restart();
    expect(await resultOf(story.gateway, input.idempotencyKey)).toMatchObject({ id });
    expect(story.creates()).toBe(1);
  });

  it('and is followed up while the answer is recorded, is not taken for a lie', async () => {
    const input = taskInput(story.analysis);
    const [late, letGo] = scripted.held(scripted.success({ _id: id, status: 1 }));
    story.upstream.next('createTask', late);
    const asked = buy(story.gateway, input);
    await story.upstream.received('createTask', 1);
    const [word, tell] = scripted.held(
      scripted.success({ _id: id, status: 2, source_video_url: VIDEO }),
    );
    story.upstream.next('task', word);
    await ring(story.gateway, story.lastToken(), { _id: id, status: 2 });
    await story.upstream.received('task', 1);
    letGo();
    expect(await asked).toMatchObject({ id });
    story.upstream.setTask(id, { status: 2, progress: 70, source_video_url: VIDEO });
    tell();
    await until(async () => (await story.stateOf(id)).progress === 70);
    expect(story.logged('A webhook was ignored')).toBe(0);
  });
});
