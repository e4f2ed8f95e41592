import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buy, CREATE, readyAnalysis, resultOf } from '../support/purchases/buying.ts';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Gateway,
} from '../support/gateway/gateway.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { CLIENT_ID, envFor, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

let upstream: ScriptedUpstream;
let gateway: Gateway;
let analysis: string;

beforeEach(async () => {
  ({ upstream, gateway } = await startWithUpstream());
  analysis = await readyAnalysis(gateway, upstream);
});

afterEach(stopGateways);

/** What AKOOL does not do: finish a TLS handshake, or make a token. */
interface Hanging {
  readonly tls?: boolean;
  readonly AKOOL_AUTH?: string;
}

const creates = (): number => upstream.requestsTo('createTask').length;

describe('an answer that comes late', () => {
  it('is OutcomeUnknownError first, and the task once it is there', async () => {
    await gateway.stop();
    const env = { ...envFor(upstream), UPSTREAM_TIMEOUT_MS: '150' };
    gateway = await startGateway({ env, folder: gateway.folder });
    const id = '6a066dc58570ecbf64f70003';
    const [answer, letGo] = scripted.held(scripted.success({ _id: id, status: 1 }));
    upstream.next('createTask', answer);
    const input = taskInput(analysis);
    const unknown = { __typename: 'OutcomeUnknownError', idempotencyKey: input.idempotencyKey };
    expect(await buy(gateway, input)).toMatchObject(unknown);
    expect(await buy(gateway, input)).toMatchObject(unknown);
    expect(await resultOf(gateway, input.idempotencyKey)).toMatchObject(unknown);
    expect(await buy(gateway, { ...input, resolution: 'P480' })).toMatchObject({
      __typename: 'IdempotencyConflictError',
    });
    letGo();
    await until(async () => (await buy(gateway, input)).id === id);
    expect(await resultOf(gateway, input.idempotencyKey)).toMatchObject({ id });
    expect(creates()).toBe(1);
  });

  it('that refuses frees the key for another input', async () => {
    await gateway.stop();
    const env = { ...envFor(upstream), UPSTREAM_TIMEOUT_MS: '150' };
    gateway = await startGateway({ env, folder: gateway.folder });
    const [answer, letGo] = scripted.held(scripted.code(1104));
    upstream.next('createTask', answer);
    const input = taskInput(analysis);
    expect(await buy(gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
    letGo();
    await until(async () => (await resultOf(gateway, input.idempotencyKey)) === null);
    expect(await buy(gateway, { ...input, resolution: 'P480' })).toMatchObject({
      __typename: 'HeadSwapTask',
    });
    expect(creates()).toBe(2);
  });
});

describe('nothing sent in half the time that a caller waits', () => {
  it.each([
    ['no connection', { tls: true }],
    ['no token to sign in with', { AKOOL_AUTH: 'token', AKOOL_CLIENT_ID: CLIENT_ID }],
  ])('is AkoolUnavailableError: %s', async (_name, { tls, ...signIn }: Hanging) => {
    await gateway.stop();
    upstream.always('getToken', scripted.hang);
    if (tls) upstream.connectionMode = 'silent';
    const url = tls ? upstream.url.replace('http:', 'https:') : upstream.url;
    const env = { ...envFor({ url }), ...signIn, UPSTREAM_TIMEOUT_MS: '3000' };
    gateway = await startGateway({ env, folder: gateway.folder });
    const input = taskInput(analysis);
    expect(await buy(gateway, input)).toMatchObject({ __typename: 'AkoolUnavailableError' });
    expect(await resultOf(gateway, input.idempotencyKey)).toBeNull();
    expect(creates()).toBe(0);
  });
});

it('a caller that leaves does not cancel its create', async () => {
  const id = '6a066dc58570ecbf64f70004';
  const [answer, letGo] = scripted.held(scripted.success({ _id: id, status: 1 }));
  upstream.next('createTask', answer);
  const input = taskInput(analysis);
  const leaving = new AbortController();
  const asked = fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: CREATE, variables: { input } }),
    signal: leaving.signal,
  });
  await upstream.received('createTask', 1);
  leaving.abort();
  await expect(asked).rejects.toThrow(/abort/i);
  letGo();
  expect(await resultOf(gateway, input.idempotencyKey)).toMatchObject({ id });
  expect(await buy(gateway, input)).toMatchObject({ id });
  expect(creates()).toBe(1);
});
