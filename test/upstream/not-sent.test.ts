import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../src/runtime/clock.ts';
import type { Upstream } from '../../src/upstream/upstream.ts';
import { clientOf, ANY_TIME, ORDER, refusedUrl } from '../support/akool/akool-client.ts';
import { code, json, type ScriptedAnswer } from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';

/** Self-signed, for another name than the one asked for, and of no use to anybody. */
const BAD_CERTIFICATE = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6uUHOhzyq9bCsYOz
0fH3CwTscGGvUJU4eVV+NuY57p+hRANCAAR79kOo137xPifQ1OJhZ394eneZG65R
SYPW9EW/zTelgFqkUCfPXrGGklJ6Dv1YBBC5OUUCJpi4kug6ivKHFa/k
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBqzCCAVCgAwIBAgIULSnX6RgnFzmG9Xcr/Qnfy0D4CHAwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQc2NyaXB0ZWQuaW52YWxpZDAgFw0yNjExMjIxMTMwMThaGA8y
MTI2MTAyOTExMzAxOFowGzEZMBcGA1UEAwwQc2NyaXB0ZWQuaW52YWxpZDBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABHv2Q6jXfvE+J9DU4mFnf3h6d5kbrlFJg9b0
Rb/NN6WAWqRQJ89esYaSUnoO/VgEELk5RQImmLiS6DqK8ocVr+SjcDBuMB0GA1Ud
DgQWBBRwIjIChVwWXerj/cKXdTrN+gvMPTAfBgNVHSMEGDAWgBRwIjIChVwWXerj
/cKXdTrN+gvMPTAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEHNjcmlwdGVk
LmludmFsaWQwCgYIKoZIzj0EAwIDSQAwRgIhAKStPMQY2mFBbfoDlpyXURIQepwn
VHlIjl+FOfUEmQTPAiEA1v8dAKDYtu8VLXOseC6eQAfac229lfhvwpODySVseqk=
-----END CERTIFICATE-----`,
};

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => upstream.stop());

/** Two creates and a read, and what became of them. */
async function tryAll(client: Upstream): Promise<unknown> {
  const created = await client.createHeadSwapTask(ORDER, ANY_TIME);
  const submitted = await client.submitAnalysis(ORDER.videoUrl, ANY_TIME);
  const read: unknown = await client.readAnalysis('x').catch((error: unknown) => error);
  await client.close();
  return { created, submitted, read };
}

const NOT_SENT = {
  created: { outcome: 'unavailable', pauseMs: null },
  submitted: { outcome: 'unavailable', pauseMs: null },
  read: { name: 'UpstreamError', kind: 'unavailable', akoolCode: null, pauseMs: null },
};

describe('no byte of a create left, so its key is free', () => {
  test('refused', async () => {
    expect(await tryAll(clientOf(await refusedUrl()))).toMatchObject(NOT_SENT);
  });

  test('DNS failure', async () => {
    // A label of more than 63 characters cannot be looked up: no resolver is asked.
    expect(await tryAll(clientOf(`http://${'a'.repeat(64)}.invalid`))).toMatchObject(NOT_SENT);
  });

  test('TLS to a server that does not speak it', async () => {
    expect(await tryAll(clientOf(upstream.url.replace('http:', 'https:')))).toMatchObject(NOT_SENT);
  });

  test('blackhole: the handshake is never answered', async () => {
    upstream.connectionMode = 'silent';
    const url = upstream.url.replace('http:', 'https:');
    const client = clientOf(url, { connectTimeoutMs: 100, readTimeoutMs: 300 });
    expect(await tryAll(client)).toMatchObject(NOT_SENT);
  });

  test('bad certificate', async () => {
    const secure = await startScriptedUpstream({ tls: BAD_CERTIFICATE });
    expect(await tryAll(clientOf(secure.url))).toMatchObject(NOT_SENT);
    expect(secure.requests).toHaveLength(0);
    await secure.stop();
  });
});

describe('a process that stands still until it is too late does not send', () => {
  /** A clock on which a minute passes at once. */
  const leaping = () => {
    let leaptMs = 0;
    const clock: Clock = { ...systemClock, now: () => Date.now() + leaptMs };
    return { clock, leap: (ms: number) => void (leaptMs += ms) };
  };

  test.each([
    [59_000, 'accepted', 1],
    [60_001, 'unavailable', 0],
  ])('by %d ms: %s', async (ms, outcome, creates) => {
    const { clock, leap } = leaping();
    const client = clientOf(upstream.url, { clock });
    const startBy = clock.now() + 60_000;
    leap(ms);
    const submission = await client.createHeadSwapTask(ORDER, { startBy });
    expect(submission).toMatchObject({ outcome });
    expect(upstream.requestsTo('createTask')).toHaveLength(creates);
  });

  test('while it signed in, also for the second time', async () => {
    for (const refusals of [0, 1]) {
      const { clock, leap } = leaping();
      const client = clientOf(upstream.url, { clock, auth: 'token' });
      const token = json({ code: 1000, token: 'token' });
      const slow: ScriptedAnswer = (exchange) => {
        leap(60_001);
        token(exchange);
      };
      upstream.next('getToken', ...(refusals === 0 ? [slow] : [token, slow]));
      upstream.next('createTask', code(1101));
      const startBy = clock.now() + 60_000;
      const submission = await client.createHeadSwapTask(ORDER, { startBy });
      expect(submission).toEqual({ outcome: 'unavailable', pauseMs: null });
      expect(upstream.requestsTo('createTask')).toHaveLength(refusals);
      await client.close();
    }
  });
});

test('a connection that is reset at once is never taken for a refusal, nor made again for the same create', async () => {
  upstream.connectionMode = 'reset';
  const submission = await clientOf(upstream.url).createHeadSwapTask(ORDER, ANY_TIME);
  // Which of the two depends on whether the reset overtakes the write.
  expect(['unavailable', 'unknown']).toContain(submission.outcome);
  expect(upstream.requests).toHaveLength(0);
});

test('a silent server was sent the create', async () => {
  upstream.connectionMode = 'silent';
  const client = clientOf(upstream.url, { submitTimeoutMs: 100 });
  expect(await client.createHeadSwapTask(ORDER, ANY_TIME)).toEqual({
    outcome: 'unknown',
    reason: 'timed out',
  });
});

test('every create has a connection of its own, closed afterwards; reads share theirs', async () => {
  upstream.setAnalysis('x');
  const client = clientOf(upstream.url);
  for (let i = 0; i < 20; i += 1) await client.readAnalysis('x');
  const shared = upstream.connections;
  expect(shared).toBeLessThanOrEqual(2);
  for (let i = 0; i < 3; i += 1) await client.createHeadSwapTask(ORDER, ANY_TIME);
  expect(upstream.connections).toBe(shared + 3);
  await client.close();
  await client.close();
  await expect(client.readAnalysis('x')).rejects.toMatchObject({ kind: 'unavailable' });
});
