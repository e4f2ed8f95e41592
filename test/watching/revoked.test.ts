import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { createAuthenticate } from '../../src/auth/authenticate.ts';
import { createVerifyToken } from '../../src/auth/verify-token.ts';
import { connectRaw, type RawSocket } from '../conformance/support/raw-socket.ts';
import { startToyServer, type ToyServer } from '../conformance/support/toy-server.ts';
import { post, type Credential } from '../support/gateway/calling.ts';
import { startIssuer, type Issuer } from '../support/gateway/issuer.ts';
import { until } from '../support/processes/until.ts';

/** A signing key that its issuer takes back while subscriptions run that were opened with it. */

const WATCH = 'subscription { job(id: "a") { version } }';

let issuer: Issuer;
let server: ToyServer;
/** Checks of good tokens so far, by team. */
let checks: Map<string, number>;

beforeEach(async () => {
  issuer = await startIssuer();
  checks = new Map();
  const { JWT_JWKS_URL = '', JWT_ISSUER = '', JWT_AUDIENCE = '' } = issuer.env;
  const verifyToken = createVerifyToken({
    jwksUrl: JWT_JWKS_URL,
    keysForMs: 200,
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    teamOf(payload) {
      const team = typeof payload['team'] === 'string' ? payload['team'] : 'default';
      checks.set(team, checksOf(team) + 1);
      return team;
    },
    clock: systemClock,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  server = await startToyServer({
    authenticate: createAuthenticate({ teams: [], verifyToken }),
    limits: { recheckMs: 50 },
  });
  server.jobs.set('a');
});
afterEach(async () => {
  await server.close();
  await issuer.stop();
});

const checksOf = (team: string): number => checks.get(team) ?? 0;

const bearer = (token: string): Credential => ({ authorization: `Bearer ${token}` });

async function watching(credential: Credential): Promise<RawSocket> {
  const socket = await connectRaw(server.url, { init: credential });
  socket.send({ id: 'w', type: 'subscribe', payload: { query: WATCH } });
  expect((await socket.next()).payload.data.job.version).toBe(1);
  return socket;
}

const status = async (credential: Credential): Promise<number> =>
  (await post(server.url, { query: '{ hello }' }, credential)).status;

describe('a signing key that was taken back', () => {
  it('opens nothing once the keys are asked for again, and ends what it had opened', async () => {
    const revoked = bearer(await issuer.sign());
    const socket = await watching(revoked);
    // Another document, so that it does not share what the socket has opened.
    const query = `${WATCH} # over SSE`;
    const stream = post(server.url, { query }, { ...revoked, accept: 'text/event-stream' });
    await until(() => server.jobs.watching === 2);
    await issuer.rotate(true);
    const fresh = bearer(await issuer.sign({ team: 'another' }));
    await until(async () => (await status(fresh)) === 200);
    const kept = await watching(fresh);

    expect(await socket.closed).toEqual({ code: 4403, reason: 'Credential revoked' });
    const { text } = await stream;
    expect(text).toContain('event: next');
    expect(text).not.toContain('complete');
    expect(await status(revoked)).toBe(401);
    expect(server.jobs.watching).toBe(1);

    server.jobs.set('a');
    expect((await kept.next()).payload.data.job.version).toBe(2);
    expect(socket.inbox).toEqual([]);
  });

  it('is told from an issuer that cannot be reached, which ends nothing', async () => {
    const good = bearer(await issuer.sign());
    const socket = await watching(good);
    issuer.up = false;
    await until(async () => (await status(good)) === 503);
    const asked = issuer.requests;
    await until(() => issuer.requests >= asked + 3);
    server.jobs.set('a');
    expect((await socket.next()).payload.data.job.version).toBe(2);
    issuer.up = true;
    await until(async () => (await status(good)) === 200);
    server.jobs.set('a');
    expect((await socket.next()).payload.data.job.version).toBe(3);
  });
});

it('a client that is gone is checked no more', async () => {
  const gone = await watching(bearer(await issuer.sign({ team: 'gone' })));
  await watching(bearer(await issuer.sign({ team: 'staying' })));
  const before = checksOf('gone');
  await until(() => checksOf('gone') >= before + 2);
  gone.webSocket.terminate();
  await until(() => server.jobs.watching === 1);
  const rest = checksOf('gone');
  const staying = checksOf('staying');
  await until(() => checksOf('staying') >= staying + 4);
  // One may have been under way.
  expect(checksOf('gone')).toBeLessThanOrEqual(rest + 1);
});

it('a good token is verified once, until it expires or the keys are asked for again', async () => {
  const { JWT_JWKS_URL = '', JWT_ISSUER = '', JWT_AUDIENCE = '' } = issuer.env;
  let looks = 0;
  let later = 0;
  const verifyToken = createVerifyToken({
    jwksUrl: JWT_JWKS_URL,
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    teamOf() {
      looks += 1;
      return 'default';
    },
    clock: { ...systemClock, now: () => Date.now() + later },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  const token = await issuer.sign();
  // The first look asks for the keys, the second one is remembered.
  for (let n = 0; n < 5; n += 1)
    expect(await verifyToken(token)).toMatchObject({ team: 'default' });
  expect(looks).toBe(2);
  const caller = await verifyToken(token);
  expect(await caller?.isStillGood?.()).toBe(true);
  expect(looks).toBe(3);

  later = 3_700_000;
  expect(await verifyToken(token)).toBeNull();
  later = 0;

  await issuer.rotate(true);
  const fresh = await issuer.sign();
  await until(async () => (await verifyToken(fresh)) !== null);
  expect(await verifyToken(token)).toBeNull();
});
