import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buy,
  newKey,
  readyAnalysis,
  resultOf,
  submit,
  type Outcome,
} from '../support/purchases/buying.ts';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Gateway,
} from '../support/gateway/gateway.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { API_KEY, envFor, taskInput } from '../support/gateway/stories.ts';

/** The table of what AKOOL's answer to a create makes of the result and of the key, row by row. */

let upstream: ScriptedUpstream;
let gateway: Gateway;
let analysis: string;

beforeAll(async () => {
  ({ upstream, gateway } = await startWithUpstream());
  analysis = await readyAnalysis(gateway, upstream);
});

afterAll(stopGateways);

/** Goes on with a gateway that waits so long for AKOOL. */
async function restart(env: Record<string, string> = {}): Promise<void> {
  await gateway.stop();
  const { folder } = gateway;
  gateway = await startGateway({ env: { ...envFor(upstream), ...env }, folder });
}

const creates = (): number => upstream.requestsTo('createTask').length;
const accepted = JSON.stringify({ code: 1000, msg: 'OK', data: { _id: 'bought', status: 1 } });

/** Keys whose outcome stayed unknown, with their inputs; they are asked for again at the very end. */
const held: ReturnType<typeof taskInput>[] = [];

/** Buys against one answer; expects exactly one create. */
async function buyAgainst(
  reply: scripted.ScriptedAnswer,
): Promise<{ input: ReturnType<typeof taskInput>; outcome: Outcome }> {
  const input = taskInput(analysis);
  const before = creates();
  upstream.next('createTask', reply);
  const outcome = await buy(gateway, input);
  expect(creates()).toBe(before + 1);
  return { input, outcome };
}

/** The key is unused: nobody remembers it, and it may go again, with another input too. */
async function expectUnused(input: ReturnType<typeof taskInput>): Promise<void> {
  expect(await resultOf(gateway, input.idempotencyKey)).toBeNull();
  const other = { ...input, resolution: 'P480' };
  const bought = await buy(gateway, other);
  expect(bought).toMatchObject({ __typename: 'HeadSwapTask' });
  expect(await buy(gateway, other)).toEqual(bought);
  expect(await resultOf(gateway, input.idempotencyKey)).toEqual(bought);
  expect(await buy(gateway, input)).toMatchObject({ __typename: 'IdempotencyConflictError' });
}

/** The key is held: nothing is sent for it, whatever is asked. */
async function expectHeld(input: ReturnType<typeof taskInput>): Promise<void> {
  const before = creates();
  const unknown = { __typename: 'OutcomeUnknownError', idempotencyKey: input.idempotencyKey };
  expect(await buy(gateway, input)).toMatchObject(unknown);
  expect(await resultOf(gateway, input.idempotencyKey)).toMatchObject(unknown);
  expect(await buy(gateway, { ...input, keepOriginalSound: false })).toMatchObject({
    __typename: 'IdempotencyConflictError',
  });
  expect(creates()).toBe(before);
}

describe('1000 with _id', () => {
  it('is the job, and uses the key', async () => {
    const { input, outcome } = await buyAgainst(scripted.success({ _id: 'used', status: 1 }));
    expect(outcome).toEqual({ __typename: 'HeadSwapTask', id: 'used' });
    const before = creates();
    expect(await buy(gateway, input)).toEqual(outcome);
    expect(await resultOf(gateway, input.idempotencyKey)).toEqual(outcome);
    expect(await buy(gateway, { ...input, resolution: 'P480' })).toMatchObject({
      __typename: 'IdempotencyConflictError',
    });
    expect(creates()).toBe(before);
  });
});

describe('an answer that tells nothing', () => {
  const answers: readonly (readonly [string, scripted.ScriptedAnswer])[] = [
    ...[2001, 1108, 1205, 4242, 999, 0].map((code) => [String(code), scripted.code(code)] as const),
    ...[500, 502, 503, 504].map(
      (status) => [`HTTP ${status}`, scripted.answer(accepted, status)] as const,
    ),
    ['HTML', scripted.html()],
    ['HTML with 409', scripted.html(409)],
    ['cut short', scripted.cutShort(accepted)],
    ['truncated JSON', scripted.answer(accepted.slice(0, -3))],
    ['1000 without _id', scripted.success({ status: 1 })],
    ['1000 without data', scripted.json({ code: 1000, msg: 'OK' })],
    ['1015 with a job', scripted.json({ code: 1015, msg: 'x', data: { _id: 'x' } })],
    ['reset after the request was read', scripted.resetAfterReading],
    ['closed after the request was read', scripted.closeAfterReading],
    ['a redirect', scripted.redirect(307, 'https://example.com/')],
  ];

  const expectTold = ({ message }: Outcome): void => {
    expect(message).toMatch(/may have been bought/);
    expect(message).toMatch(/same idempotencyKey is safe/);
    expect(message).toMatch(/new idempotencyKey is a new purchase/);
  };
  const unknownOf = ({ idempotencyKey }: { readonly idempotencyKey: string }) => ({
    __typename: 'OutcomeUnknownError',
    idempotencyKey,
  });

  it.each(answers)('%s is OutcomeUnknownError, and holds the key', async (_name, reply) => {
    const { input, outcome } = await buyAgainst(reply);
    expect(outcome).toMatchObject(unknownOf(input));
    expectTold(outcome);
    await expectHeld(input);
    held.push(input);
  });

  it('none in time is OutcomeUnknownError, and holds the key', async () => {
    await restart({ UPSTREAM_TIMEOUT_MS: '1000' });
    let end = (): void => undefined;
    const { input, outcome } = await buyAgainst(({ socket }) => {
      end = () => socket.destroy();
    });
    expect(outcome).toMatchObject(unknownOf(input));
    expectTold(outcome);
    await expectHeld(input);
    held.push(input);
    end();
    await restart();
  });

  it('a connection lost after the first byte holds the key too', async () => {
    const input = taskInput(analysis);
    // The analysis is finished, so that the create is the only connection.
    upstream.connectionMode = 'reset-on-data';
    const outcome = await buy(gateway, input);
    upstream.connectionMode = 'accept';
    expect(outcome).toMatchObject({ __typename: 'OutcomeUnknownError' });
    await expectHeld(input);
    held.push(input);
  });
});

describe('an answer for want of credits', () => {
  it.each([1006, 1103, 1104, 1213, 1221])('%i is BillingError', async (code) => {
    const { input, outcome } = await buyAgainst(scripted.code(code));
    expect(outcome).toEqual({ __typename: 'BillingError', code, message: `scripted ${code}` });
    await expectUnused(input);
  });
});

describe('a refusal', () => {
  const codes = [
    1003, 1004, 1007, 1008, 1009, 1010, 1011, 1014, 1016, 1101, 1102, 1200, 1203, 1204, 1207, 1208,
    1209, 1210, 1222,
  ];
  it.each(codes)('%i is AkoolRejectedError', async (code) => {
    const { input, outcome } = await buyAgainst(scripted.code(code));
    expect(outcome).toEqual({
      __typename: 'AkoolRejectedError',
      code,
      message: `scripted ${code}`,
    });
    await expectUnused(input);
  });

  it('carries AKOOL’s words, cut to 500 characters, without secrets', async () => {
    const words = `${API_KEY} is wrong\n${'x'.repeat(2_000)}`;
    const { outcome } = await buyAgainst(scripted.json({ code: 1003, msg: words }));
    expect(outcome.message?.length).toBeLessThanOrEqual(500);
    expect(outcome.message).toMatch(/ is wrong x+$/);
    expect(outcome.message).not.toContain(API_KEY);
  });
});

describe('told to slow down, or not reached', () => {
  it.each([
    ['1005', scripted.code(1005, 'too frequent', { 'retry-after': '1' })],
    ['429', scripted.html(429)],
    ['429 around an accepting body', scripted.answer(accepted, 429)],
  ])('%s is AkoolUnavailableError', async (_name, reply) => {
    const { input, outcome } = await buyAgainst(reply);
    expect(outcome).toMatchObject({
      __typename: 'AkoolUnavailableError',
      retryAfterSeconds: expect.any(Number),
    });
    expect(outcome.message).toMatch(/same idempotencyKey may go again/);
    await expectUnused(input);
  });
});

describe('an upstream that is not there', () => {
  it('is AkoolUnavailableError: not a byte was sent, and the same key may go again', async () => {
    const other = await startScriptedUpstream();
    const alone = await startGateway({ env: envFor(other) });
    const id = await readyAnalysis(alone, other);
    await other.stop();
    const input = taskInput(id);
    expect(await buy(alone, input)).toMatchObject({ __typename: 'AkoolUnavailableError' });
    expect(await resultOf(alone, input.idempotencyKey)).toBeNull();
    expect(await buy(alone, { ...input, resolution: 'P480' })).toMatchObject({
      __typename: 'AkoolUnavailableError',
    });
  });
});

describe('submitAnalysis', () => {
  const videoUrl = 'https://example.com/videos/keyed.mp4';
  const analyses = (): number => upstream.requestsTo('analyze').length;

  it('with a key behaves alike', async () => {
    const input = { videoUrl, idempotencyKey: newKey() };
    const bought = await Promise.all(Array.from({ length: 20 }, () => submit(gateway, input)));
    expect(new Set(bought.map(({ id }) => id)).size).toBe(1);
    const before = analyses();
    expect(await submit(gateway, { ...input, videoUrl: `${videoUrl}?` })).toMatchObject({
      __typename: 'IdempotencyConflictError',
    });
    expect(analyses()).toBe(before);
  });

  it.each([
    [1104, 'BillingError'],
    [1203, 'AkoolRejectedError'],
    [1005, 'AkoolUnavailableError'],
  ])('%i is %s, and the key may go again with another input', async (code, __typename) => {
    const input = { videoUrl, idempotencyKey: newKey() };
    upstream.next('analyze', scripted.code(code));
    expect(await submit(gateway, input)).toMatchObject({ __typename });
    expect(await submit(gateway, { ...input, videoUrl: `${videoUrl}?` })).toMatchObject({
      __typename: 'Analysis',
    });
  });

  it('with a lost answer holds its key, and a new key may make a second one', async () => {
    const input = { videoUrl, idempotencyKey: newKey() };
    upstream.next('analyze', scripted.resetAfterReading);
    const unknown = { __typename: 'OutcomeUnknownError', idempotencyKey: input.idempotencyKey };
    const lost = await submit(gateway, input);
    expect(lost).toMatchObject(unknown);
    expect(lost.message).toMatch(/may stay unknown.*sends nothing.*may make a second analysis/);
    expect(lost.message).not.toMatch(/will tell|purchase/);
    const before = analyses();
    expect(await submit(gateway, input)).toMatchObject({ ...unknown, message: lost.message });
    expect(analyses()).toBe(before);
    expect(await submit(gateway, { ...input, idempotencyKey: newKey() })).toMatchObject({
      __typename: 'Analysis',
    });
  });

  it('without a key is a new analysis each time, and with a lost answer says so', async () => {
    const [one, two] = await Promise.all([
      submit(gateway, { videoUrl }),
      submit(gateway, { videoUrl }),
    ]);
    expect(one.id).not.toBe(two.id);
    upstream.next('analyze', scripted.resetAfterReading);
    const lost = await submit(gateway, { videoUrl });
    expect(lost).toMatchObject({ __typename: 'OutcomeUnknownError', idempotencyKey: null });
    expect(lost.message).toMatch(/new analysis/);
    expect(await submit(gateway, { videoUrl })).toMatchObject({ __typename: 'Analysis' });
  });
});

describe('afterwards', () => {
  it('no key that is held sends anything after a restart, nor after the next one', async () => {
    const before = creates();
    for (let times = 0; times < 2; times += 1) {
      await restart();
      expect(held.length).toBeGreaterThan(20);
      for (const input of held) await expectHeld(input);
    }
    expect(creates()).toBe(before);
  });
});
