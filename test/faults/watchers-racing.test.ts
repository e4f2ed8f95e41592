import { afterEach, expect, it } from 'vitest';
import { connectRaw, type RawMessage } from '../conformance/support/raw-socket.ts';
import { createFailpoints } from '../support/failpoint-store.ts';
import { finishTask, WATCH_TASK } from '../support/stories.ts';
import { until } from '../support/until.ts';
import { startWebhookStory, type WebhookStory } from '../support/webhook-story.ts';
import { ring } from '../support/webhooks.ts';

/** Subscriptions that begin in the very milliseconds in which their job ends. */

const ROUNDS = 50;
const PER_ROUND = 20;

let story: WebhookStory;

afterEach(() => story.stop());

/** The statuses that an operation told, and `complete`. */
function toldTo(id: string, inbox: readonly RawMessage[]): unknown[] {
  return inbox
    .filter((message) => message.id === id)
    .map(({ type, payload }) =>
      type === 'next' ? Reflect.get(payload.data, 'headSwapTaskStatusChanged')?.status : type,
    );
}

it('a thousand subscriptions within milliseconds of the end, before and after it, are all told of it exactly once', async () => {
  const failpoints = createFailpoints();
  const hourly = { POLL_MIN_MS: '3600000', POLL_MAX_MS: '3600000' };
  story = await startWebhookStory({ env: hourly, wrapStore: failpoints.wrap });
  const sockets = await Promise.all(
    Array.from({ length: PER_ROUND }, () => connectRaw(story.gateway.url)),
  );
  /** How many were told an unfinished state first: they came before the end. */
  let early = 0;

  for (let round = 0; round < ROUNDS; round += 1) {
    const { id, token } = await story.bought();
    let store = (): void => undefined;
    const mayStore = new Promise<void>((resolve) => {
      store = resolve;
    });
    const atTheEnd = new Promise<void>((resolve) => {
      const take = failpoints.before('writeJobs', () => {
        take();
        resolve();
        return mayStore;
      });
    });
    finishTask(story.upstream, id);
    await ring(story.gateway, token, { _id: id, status: 3 });
    await atTheEnd;

    // A turn of the event loop for each, which both sides share; the end comes at another place among them each round.
    for (const [place, socket] of sockets.entries()) {
      if (place === round % PER_ROUND) store();
      // Every other one is a group of its own: no two of those have the same variables.
      const after = place % 2 === 0 ? null : 1_000 + place;
      const payload = { query: WATCH_TASK, variables: { id, after } };
      socket.send({ id: `r${round}`, type: 'subscribe', payload });
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const { inbox } of sockets) {
      await until(() => inbox.at(-1)?.type === 'complete' || inbox.at(-1)?.type === 'error');
      const told = toldTo(`r${round}`, inbox);
      if (told.length > 2) early += 1;
      expect(told).toEqual([...(told.length > 2 ? ['QUEUED'] : []), 'COMPLETED', 'complete']);
      expect(inbox.splice(0)).toHaveLength(told.length);
    }
  }
  // The race was one: some came before the end and some after it.
  expect(early).toBeGreaterThan(ROUNDS);
  expect(early).toBeLessThan(ROUNDS * (PER_ROUND - 1));
  expect(story.reads()).toBe(ROUNDS);
  for (const { inbox } of sockets) expect(inbox).toEqual([]);
});
