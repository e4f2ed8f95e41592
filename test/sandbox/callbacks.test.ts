import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  callbackReceiver,
  eventually,
  handClock,
  idOf,
  ownCustomer,
  testSandbox,
} from './support.ts';

const TASK_MS = 9_000;

/** A task of the given video that calls back to a receiver, on a hand-moved clock. */
async function calling(name: string, statuses: readonly number[] = [], options: object = {}) {
  const clock = handClock();
  const receiver = await callbackReceiver(statuses);
  const sandbox = await testSandbox({ clock, ...options });
  const akool = ownCustomer(sandbox);
  const videoUrl = `https://videos.example/${name}.mp4`;
  await akool.analyze(videoUrl);
  clock.move(60_000);
  const id = idOf(await akool.create(videoUrl, { webhookUrl: receiver.url }));
  const callbacks = () => sandbox.stats().tasks[0]?.callbacks;
  const arrivedStatuses = () => receiver.arrived.map(({ plain }) => plain.status);
  return { ...receiver, clock, sandbox, akool, id, callbacks, arrivedStatuses };
}

describe('callbacks', () => {
  it('ring once, when the task ends, signed and encrypted', async () => {
    const { arrived, callbacks, clock, sandbox, id } = await calling('holiday');
    clock.move(TASK_MS - 1);
    await new Promise(setImmediate);
    expect(callbacks()).toEqual([]);
    clock.move(1);
    await eventually(() => expect(callbacks()).toEqual([{ attempts: 1, state: 'delivered' }]));
    expect(arrived).toHaveLength(1);
    const url = `${sandbox.url}/outputs/${id}.mp4`;
    expect(arrived[0]?.plain).toEqual({ _id: id, status: 3, type: 'headswap', url });
    const body = arrived[0]?.body;
    const signed = [
      sandbox.clientId,
      `${body?.timestamp}`,
      `${body?.nonce}`,
      `${body?.dataEncrypt}`,
    ];
    const hash = createHash('sha1').update(signed.sort().join(''));
    expect(body?.signature).toBe(hash.digest('hex'));
    expect(body?.timestamp).toBe(clock.now());
  });

  it('are repeated with doubling waits until the answer is exactly 200', async () => {
    const statuses = [500, 204, 302, 404];
    const { arrived, callbacks, clock } = await calling('holiday', statuses);
    clock.move(TASK_MS);
    for (const [index, wait] of [1_000, 2_000, 4_000, 8_000].entries()) {
      await eventually(() => expect(callbacks()).toEqual([{ attempts: index + 1, state: 'owed' }]));
      clock.move(wait - 1);
      await new Promise(setImmediate);
      expect(arrived).toHaveLength(index + 1);
      clock.move(1);
    }
    await eventually(() => expect(callbacks()).toEqual([{ attempts: 5, state: 'delivered' }]));
    clock.move(3_600_000);
    await new Promise(setImmediate);
    expect(arrived).toHaveLength(5);
    expect(new Set(arrived.map(({ body }) => body.dataEncrypt)).size).toBe(1);
  });

  it('are given up after the last attempt', async () => {
    const options = { callbackAttempts: 3, callbackRetryMs: 10 };
    const { arrived, callbacks, clock } = await calling('holiday', Array(9).fill(503), options);
    clock.move(TASK_MS);
    await eventually(() => expect(callbacks()).toEqual([{ attempts: 1, state: 'owed' }]));
    clock.move(10);
    await eventually(() => expect(callbacks()).toEqual([{ attempts: 2, state: 'owed' }]));
    clock.move(20);
    await eventually(() => expect(callbacks()).toEqual([{ attempts: 3, state: 'given up' }]));
    clock.move(3_600_000);
    await new Promise(setImmediate);
    expect(arrived).toHaveLength(3);
  });

  it('duplicate-webhook: three times', async () => {
    const { clock, arrivedStatuses } = await calling('duplicate-webhook');
    clock.move(TASK_MS);
    await eventually(() => expect(arrivedStatuses()).toEqual([3, 3, 3]));
  });

  it('lost-webhook: never', async () => {
    const { clock, arrivedStatuses, akool, id } = await calling('lost-webhook');
    clock.move(3_600_000);
    expect(await akool.task(id)).toMatchObject({ data: { status: 3 } });
    expect(arrivedStatuses()).toEqual([]);
  });

  it('early-webhook: before the answer to the create', async () => {
    // The create inside was answered, so whatever has arrived now came first.
    const { clock, arrived, arrivedStatuses, id } = await calling('early-webhook');
    expect(arrivedStatuses()).toEqual([2]);
    expect(arrived[0]?.plain).toMatchObject({ _id: id, url: '' });
    clock.move(TASK_MS);
    await eventually(() => expect(arrivedStatuses()).toEqual([2, 3]));
  });

  it('reordered-webhook: status 2 after status 3', async () => {
    const { clock, arrivedStatuses } = await calling('reordered-webhook');
    clock.move(TASK_MS);
    await eventually(() => expect(arrivedStatuses()).toEqual([3]));
    clock.move(TASK_MS);
    await eventually(() => expect(arrivedStatuses()).toEqual([3, 2]));
  });

  it('lying-webhook: status 4 while the task goes on', async () => {
    const { clock, arrivedStatuses, akool, id } = await calling('lying-webhook');
    clock.move(TASK_MS / 2);
    await eventually(() => expect(arrivedStatuses()).toEqual([4]));
    expect(await akool.task(id)).toMatchObject({ data: { status: 2 } });
  });

  it.each([
    ['queued-webhook', { status: 1, type: 'headswap', url: expect.stringMatching(/^http/) }],
    ['string-status-webhook', { status: '3', type: 'headswap', url: expect.any(String) }],
    ['task-numbers-as-strings', { status: '3', type: 'headswap', url: expect.any(String) }],
    ['untyped-webhook', { status: 3, url: expect.any(String) }],
    ['bare-webhook', {}],
    ['task-output-blanks', { status: 3, type: 'headswap', url: expect.stringMatching(/^ .*\n$/) }],
  ])('%s: says so', async (card, said) => {
    const { clock, arrived, callbacks, id } = await calling(card);
    clock.move(TASK_MS);
    await eventually(() => expect(callbacks()).toEqual([{ attempts: 1, state: 'delivered' }]));
    expect(arrived[0]?.plain).toEqual({ _id: id, ...said });
  });

  it('delayed-webhook: twice the time of the task after the create', async () => {
    const { clock, arrivedStatuses } = await calling('delayed-webhook');
    clock.move(TASK_MS * 2 - 1);
    await new Promise(setImmediate);
    expect(arrivedStatuses()).toEqual([]);
    clock.move(1);
    await eventually(() => expect(arrivedStatuses()).toEqual([3]));
  });

  it('underway-webhook: status 2 half way', async () => {
    const { clock, arrivedStatuses } = await calling('underway-webhook');
    clock.move(TASK_MS / 2);
    await eventually(() => expect(arrivedStatuses()).toEqual([2]));
    clock.move(TASK_MS / 2);
    await eventually(() => expect(arrivedStatuses()).toEqual([2, 3]));
  });

  it('end with the sandbox', async () => {
    const { clock, arrived, sandbox } = await calling('holiday');
    await sandbox.close();
    clock.move(TASK_MS);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(arrived).toEqual([]);
  });
});
