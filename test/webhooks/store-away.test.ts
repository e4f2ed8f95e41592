import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { away, createFailpoints } from '../support/purchases/failpoint-store.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { hang, html } from '../support/akool/scripted-answers.ts';
import { API_KEY, CLIENT_ID, finishTask } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { startWebhookStory, type WebhookStory } from '../support/akool/webhook-story.ts';
import { post, ring, sealed } from '../support/akool/webhooks.ts';

/** Webhooks while something they need is away. Polling could not be what helps: it comes once an hour. */

const HOURLY = { POLL_MIN_MS: '3600000', POLL_MAX_MS: '3600000' };
/** Its end waits for reads that hang. */
const GIVES_UP = { ...HOURLY, UPSTREAM_TIMEOUT_MS: '2000' };

let story: WebhookStory;

afterEach(async () => {
  await story.stop();
  removeFolders();
});

const completed = (id: string) => async () => (await story.stateOf(id))?.status === 'COMPLETED';

const listed = (id: string) => async () => {
  const { data } = await story.gateway.ask('{ headSwapTasks { edges { node { id } } } }');
  return data.headSwapTasks.edges.some(({ node }: { node: { id: string } }) => node.id === id);
};

describe('while the store is away', () => {
  it.each(['readPurchaseByToken', 'recordWebhook'] as const)(
    'a webhook that needs %s is not answered with 200, and the same one is taken once it is back',
    async (verb) => {
      const failpoints = createFailpoints();
      story = await startWebhookStory({ env: HOURLY, wrapStore: failpoints.wrap });
      const { id, token } = await story.bought();
      finishTask(story.upstream, id);
      const back = failpoints.before(verb, away);
      const body = sealed({ _id: id, status: 3 });
      for (let times = 0; times < 3; times += 1) {
        const answer = await post(story.gateway, token, body);
        expect(answer.status).toBe(503);
        expect(answer.body).toContain('UNAVAILABLE');
      }
      back();
      expect((await post(story.gateway, token, body)).status).toBe(200);
      await until(completed(id));
    },
  );

  it('a webhook that was recorded without the route hearing of it is followed up all the same', async () => {
    const failpoints = createFailpoints();
    story = await startWebhookStory({
      env: { ...HOURLY, POLL_MIN_MS: '500', POLL_MAX_MS: '500' },
      wrapStore: failpoints.wrap,
    });
    const { id, token } = await story.bought();
    finishTask(story.upstream, id);
    const back = failpoints.after('recordWebhook', away);
    expect((await post(story.gateway, token, sealed({ _id: id, status: 3 }))).status).toBe(503);
    back();
    expect((await post(story.gateway, token, sealed({ _id: id, status: 3 }))).status).toBe(200);
    await until(completed(id));
  });
});

describe('while AKOOL is away', () => {
  it('a webhook is taken, and followed up until AKOOL is back', async () => {
    story = await startWebhookStory({ env: { POLL_MIN_MS: '300', POLL_MAX_MS: '300' } });
    // A lost create: nothing but the webhook can find its task.
    const { input, id, token } = await story.lost('6a066dc58570ecbf64f70031');
    story.upstream.always('task', html(503));
    await ring(story.gateway, token, { _id: id, status: 2 });
    await until(() => story.logged('A webhook will be followed up later') >= 2);
    story.upstream.always('task', null);
    await until(listed(id));
    expect(await story.stateOf(id)).toMatchObject({ status: 'PROCESSING' });
    expect(input.idempotencyKey).toBeTruthy();
    expect(story.creates()).toBe(1);
  });
});

describe('while the gateway is away', () => {
  it('missed webhooks are made good by the first sweep after its start', async () => {
    story = await startWebhookStory({ env: { POLL_MIN_MS: '300', POLL_MAX_MS: '600' } });
    const tasks = [await story.bought(), await story.bought(), await story.bought()];
    const { token } = tasks[0] ?? { token: '' };
    await story.gateway.stop();
    for (const { id } of tasks) finishTask(story.upstream, id);
    await expect(post(story.gateway, token, sealed({ _id: 'x', status: 3 }))).rejects.toThrow(
      /ECONNREFUSED/,
    );
    await story.restart({ env: { POLL_MIN_MS: '300', POLL_MAX_MS: '600' } });
    for (const { id } of tasks) await until(completed(id));
  });

  it('a webhook that was taken but not followed up is followed up after its start', async () => {
    story = await startWebhookStory({ env: GIVES_UP });
    const { id, token } = await story.bought();
    const lost = await story.lost('6a066dc58570ecbf64f70032');
    story.upstream.always('task', hang);
    await ring(story.gateway, token, { _id: id, status: 3 });
    await ring(story.gateway, lost.token, { _id: lost.id, status: 2 });
    await story.upstream.received('task', 2);
    finishTask(story.upstream, id);
    story.upstream.always('task', null);
    await story.restart({ env: HOURLY });
    await until(completed(id));
    await until(listed(lost.id));
    expect(await story.stateOf(lost.id)).toMatchObject({ status: 'PROCESSING', progress: 30 });
  });
});

describe('while keys rotate', () => {
  const NEXT = 'the-next-api-key-of-32-characters'.slice(0, 32);

  it('webhooks made with the previous key are taken as long as it is known, and no longer', async () => {
    story = await startWebhookStory({ env: HOURLY });
    const tasks = [await story.bought(), await story.bought(), await story.bought()];
    for (const { id } of tasks) finishTask(story.upstream, id);
    await story.restart({
      env: { ...HOURLY, AKOOL_API_KEY: NEXT, AKOOL_API_KEY_PREVIOUS: API_KEY },
    });
    const send = async (number: number, key: string): Promise<number> => {
      const { id = '', token = '' } = tasks[number] ?? {};
      return (await post(story.gateway, token, sealed({ _id: id, status: 3 }, key))).status;
    };
    expect(await send(0, API_KEY)).toBe(200);
    expect(await send(1, NEXT)).toBe(200);
    await until(completed(tasks[0]?.id ?? ''));
    await until(completed(tasks[1]?.id ?? ''));
    await story.restart({ env: { ...HOURLY, AKOOL_API_KEY: NEXT } });
    expect(await send(2, API_KEY)).toBe(400);
    expect(await send(2, NEXT)).toBe(200);
    await until(completed(tasks[2]?.id ?? ''));
  });
});

describe('while its team is not configured', () => {
  it('a webhook is not known, one that waits is left alone, and followed up when the team is back', async () => {
    story = await startWebhookStory({ env: GIVES_UP });
    const { id, token } = await story.bought();
    story.upstream.always('task', hang);
    await ring(story.gateway, token, { _id: id, status: 3 });
    await story.upstream.received('task', 1);
    finishTask(story.upstream, id);
    story.upstream.always('task', null);
    const file = join(newFolder(), 'teams.json');
    const akool = { apiKey: API_KEY, clientId: CLIENT_ID, baseUrl: story.upstream.url };
    const key = createHash('sha256').update('a key of another team').digest('hex');
    writeFileSync(file, JSON.stringify([{ id: 'other', akool, callerKeys: [`sha256:${key}`] }]));
    const failpoints = createFailpoints();
    let sweeps = 0;
    failpoints.after('readOpenWebhooks', () => {
      sweeps += 1;
    });
    const fast = { POLL_MIN_MS: '100', POLL_MAX_MS: '100' };
    await story.restart({
      env: { ...fast, AKOOL_API_KEY: '', AKOOL_CLIENT_ID: '', TEAMS_FILE: file },
      wrapStore: failpoints.wrap,
    });
    expect((await post(story.gateway, token, sealed({ _id: id, status: 3 }))).status).toBe(404);
    await until(() => sweeps >= 3);
    expect(story.logged('A webhook')).toBe(0);
    const reads = story.reads();
    await story.restart({ env: HOURLY });
    await until(completed(id));
    expect(story.reads()).toBe(reads + 1);
  });
});
