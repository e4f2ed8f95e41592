import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buy } from '../support/purchases/buying.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import { API_KEY, finishTask, taskInput, WATCH_TASK } from '../support/gateway/stories.ts';
import { startPulse } from '../support/processes/pulse.ts';
import { until } from '../support/processes/until.ts';
import { startWebhookStory, type WebhookStory } from '../support/akool/webhook-story.ts';
import { post, ring, sealed, tokenOf } from '../support/akool/webhooks.ts';

/** AKOOL's webhooks while polling is far too slow to be what brings a state. */

const OUTPUT = 'https://example.com/output/result.mp4';

let story: WebhookStory;

beforeEach(async () => {
  story = await startWebhookStory();
});

afterEach(() => story.stop());

describe('a ring', () => {
  it('brings the state to a watcher in well under a second', async () => {
    const took: number[] = [];
    const pulse = startPulse([story.gateway]);
    for (let times = 0; times < 3; times += 1) {
      const { id, token } = await story.bought();
      const watching = story.gateway.watch(WATCH_TASK, { id });
      await watching.count(1);
      finishTask(story.upstream, id);
      const rungAt = performance.now();
      const claim = { _id: id, status: 3, url: 'https://example.com/claimed.mp4' };
      await ring(story.gateway, token, claim);
      await watching.done;
      took.push(performance.now() - rungAt);
      expect(watching.events.at(-1)?.data.headSwapTaskStatusChanged).toMatchObject({
        status: 'COMPLETED',
        outputUrl: OUTPUT,
      });
    }
    await pulse.stop();
    // Polling would take 15 s.
    expect(Math.max(...took)).toBeLessThan(pulse.allow(1_000));
    expect(Math.min(...took)).toBeLessThan(pulse.allow(500));
    expect(story.reads()).toBe(3);
  });

  it('is followed by a read each time it tells something new', async () => {
    const { id, token } = await story.bought();
    const watching = story.gateway.watch(WATCH_TASK, { id });
    await watching.count(1);
    story.upstream.setTask(id, { status: 2, progress: 20 });
    await ring(story.gateway, token, { _id: id, status: 2 });
    await watching.count(2);
    finishTask(story.upstream, id);
    const pulse = startPulse([story.gateway]);
    const rungAt = performance.now();
    await ring(story.gateway, token, { _id: id, status: 3 });
    await watching.done;
    const took = performance.now() - rungAt;
    await pulse.stop();
    // The second read-back of a job begins a second after the first.
    expect(took).toBeLessThan(pulse.allow(2_000));
    expect(story.reads()).toBe(2);
  });

  it('that comes during a read-back is followed by another one', async () => {
    const { id, token } = await story.bought();
    const [processing, letGo] = scripted.held(
      scripted.success({ _id: id, status: 2, progress: 5 }),
    );
    story.upstream.next('task', processing);
    await ring(story.gateway, token, { _id: id, status: 2 });
    await story.upstream.received('task', 1);
    finishTask(story.upstream, id);
    await ring(story.gateway, token, { _id: id, status: 3 });
    letGo();
    await until(async () => (await story.stateOf(id)).status === 'COMPLETED');
    expect(story.reads()).toBe(2);
  });

  it('forty times over, and re-signed as often, causes at most two read-backs', async () => {
    const { id, token } = await story.bought();
    story.upstream.setTask(id, { status: 2, progress: 50 });
    const once = sealed({ _id: id, status: 2 });
    const answers = await Promise.all([
      ...Array.from({ length: 40 }, () => post(story.gateway, token, once)),
      ...Array.from({ length: 40 }, () =>
        post(story.gateway, token, sealed({ _id: id, status: 2 })),
      ),
    ]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    // A last, different ring is followed up after all of them.
    finishTask(story.upstream, id);
    await ring(story.gateway, token, { _id: id, status: 3 });
    await until(async () => (await story.stateOf(id)).status === 'COMPLETED');
    expect(story.reads()).toBeLessThanOrEqual(3);
  });

  it('after the end changes nothing and reads nothing', async () => {
    const { id, token } = await story.bought();
    finishTask(story.upstream, id);
    await ring(story.gateway, token, { _id: id, status: 3 });
    await until(async () => (await story.stateOf(id)).status === 'COMPLETED');
    const before = await story.stateOf(id);
    story.upstream.setTask(id, { status: 2, progress: 10, video_url: null });
    for (const status of [2, 4] as const) await ring(story.gateway, token, { _id: id, status });
    const other = await story.bought();
    finishTask(story.upstream, other.id);
    await ring(story.gateway, other.token, { _id: other.id, status: 3 });
    await until(async () => (await story.stateOf(other.id)).status === 'COMPLETED');
    expect(await story.stateOf(id)).toEqual(before);
    expect(story.reads()).toBe(2);
  });
});

describe('a lie', () => {
  it('that is signed changes nothing, and nobody ever sees its url', async () => {
    const { id, token } = await story.bought();
    story.upstream.setTask(id, { status: 2, progress: 40 });
    const watching = story.gateway.watch(WATCH_TASK, { id });
    await watching.count(1);
    const evil = 'https://evil.example/virus.mp4';
    await ring(story.gateway, token, { _id: id, status: 3, url: evil });
    await watching.count(2);
    await ring(story.gateway, token, { _id: id, status: 4, url: 'javascript:alert(1)' });
    await story.upstream.received('task', 2);
    expect(await story.stateOf(id)).toMatchObject({
      status: 'PROCESSING',
      progress: 40,
      outputUrl: null,
      failure: null,
    });
    finishTask(story.upstream, id);
    await ring(story.gateway, token, { _id: id, status: 2 });
    await watching.done;
    const states = watching.events.map(({ data }) => data.headSwapTaskStatusChanged);
    expect(states.map(({ status }) => status)).toEqual(['QUEUED', 'PROCESSING', 'COMPLETED']);
    expect(states.at(-1).outputUrl).toBe(OUTPUT);
    expect(JSON.stringify([states, story.gateway.logs])).not.toMatch(/evil|javascript:/);
  });

  it('that names another task reads nothing, and does not silence that task’s own webhook', async () => {
    const one = await story.bought();
    const two = await story.bought();
    finishTask(story.upstream, one.id);
    const body = sealed({ _id: one.id, status: 3 });
    expect((await post(story.gateway, two.token, body)).status).toBe(200);
    await until(() => story.logged('its token is for another task') > 0);
    expect(story.reads()).toBe(0);
    expect((await post(story.gateway, one.token, body)).status).toBe(200);
    await until(async () => (await story.stateOf(one.id)).status === 'COMPLETED');
    expect(await story.stateOf(two.id)).toMatchObject({ status: 'QUEUED' });
  });

  it('that names a task nobody knows reads nothing', async () => {
    const { id, token } = await story.bought();
    await ring(story.gateway, token, { _id: '../../etc/passwd?x=\u0007', status: 3 });
    await until(() => story.logged('A webhook was ignored') > 0);
    expect(story.reads()).toBe(0);
    expect(await story.stateOf(id)).toMatchObject({ status: 'QUEUED' });
  });
});

describe('a webhook that never comes', () => {
  it('costs a watcher at most one interval', async () => {
    await story.restart({ env: { POLL_MIN_MS: '200', POLL_MAX_MS: '400' } });
    const { id } = await story.bought();
    const watching = story.gateway.watch(WATCH_TASK, { id });
    await watching.count(1);
    finishTask(story.upstream, id);
    const pulse = startPulse([story.gateway]);
    const finishedAt = performance.now();
    await watching.done;
    const took = performance.now() - finishedAt;
    await pulse.stop();
    expect(took).toBeLessThan(pulse.allow(400 + 1_000));
  });
});

describe('a token', () => {
  it('is another one for each create, and neither logs nor answers ever hold it or the key', async () => {
    const tasks = await Promise.all(
      Array.from({ length: 20 }, () => buy(story.gateway, taskInput(story.analysis))),
    );
    const tokens = story.upstream.requestsTo('createTask').map((create) => tokenOf(create));
    expect(new Set(tokens).size).toBe(tasks.length);
    for (const token of tokens) expect(Buffer.from(token, 'base64url').length).toBe(32);
    const answers = [];
    for (const token of tokens) {
      answers.push(await post(story.gateway, token, sealed({ _id: 'x', status: 3 })));
      answers.push(await post(story.gateway, token, '{'));
    }
    const seen = JSON.stringify([story.gateway.logs, answers]);
    expect(seen).not.toContain(API_KEY);
    for (const token of tokens) expect(seen).not.toContain(token);
  });

  it('is not asked for without PUBLIC_URL or a client id', async () => {
    for (const name of ['PUBLIC_URL', 'AKOOL_CLIENT_ID']) {
      await story.restart({ env: { [name]: '' } });
      await buy(story.gateway, taskInput(story.analysis));
      expect(Object(story.upstream.requestsTo('createTask').at(-1)?.json)).not.toHaveProperty(
        'webhookUrl',
      );
    }
  });
});
