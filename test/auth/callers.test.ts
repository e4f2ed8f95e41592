import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { ask, codeOf, post, send, type Credential } from '../support/gateway/calling.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { startIssuer, type Issuer } from '../support/gateway/issuer.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { envFor, submitAnalysis } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

const KEY = 'hsg_a-key-that-only-its-digest-is-known-of';
const PLAIN_KEY = 'operator.made.key-with-dots';
const digest = createHash('sha256').update(KEY).digest('hex');
const HELLO = { query: '{ __typename }' };

let upstream: ScriptedUpstream;
let issuer: Issuer;
let gateway: Gateway;

beforeAll(async () => {
  [upstream, issuer] = await Promise.all([startScriptedUpstream(), startIssuer()]);
  gateway = await startGateway({
    env: {
      ...envFor(upstream),
      ...issuer.env,
      CALLER_KEYS: `sha256:${digest}, ${PLAIN_KEY}`,
    },
  });
});
afterAll(async () => {
  await stopGateways();
  await Promise.all([upstream.stop(), issuer.stop()]);
});

const bearer = (token: string): Credential => ({ authorization: `Bearer ${token}` });

/** How the three transports take a credential. */
const overHttp = async (credential: Credential): Promise<number> =>
  (await post(gateway.url, HELLO, credential)).status;
const overSse = async (credential: Credential): Promise<number> =>
  (await post(gateway.url, HELLO, { ...credential, accept: 'text/event-stream' })).status;
const overWebSocket = async (credential: Credential): Promise<string> => {
  const socket = await connectRaw(gateway.url, { init: false });
  socket.send({ type: 'connection_init', payload: credential });
  const first = socket.next().then(({ type }) => type);
  const said = await Promise.race([
    first.catch(() => 'nothing'),
    socket.closed.then(({ code, reason }) => `${code} ${reason}`),
  ]);
  socket.webSocket.terminate();
  return said === 'nothing' ? socket.closed.then(({ code, reason }) => `${code} ${reason}`) : said;
};

/** What each transport says to a credential. */
const doors = async (credential: Credential): Promise<readonly unknown[]> => [
  await overHttp(credential),
  await overSse(credential),
  await overWebSocket(credential),
];
const OPEN = [200, 200, 'connection_ack'];
const SHUT = [401, 401, '4403 Forbidden'];

describe('a caller key', () => {
  it.each([
    ['in x-api-key', { 'x-api-key': KEY }],
    ['as a bearer', bearer(KEY)],
    ['as a bearer in another case', { authorization: `bearer ${KEY}` }],
    ['that is configured in plain, and looks like a JWT', bearer(PLAIN_KEY)],
    ['in plain in x-api-key', { 'x-api-key': PLAIN_KEY }],
    ['behind Authorization', { ...bearer(KEY), 'x-api-key': 'wrong' }],
    ['beside an Authorization of another scheme', { authorization: 'Basic abc', 'x-api-key': KEY }],
    ['beside an empty Authorization', { authorization: '', 'x-api-key': KEY }],
    ['beside a scheme alone', { authorization: 'Bearer ', 'x-api-key': KEY }],
  ])('%s opens every transport', async (_how, credential) => {
    expect(await doors(credential)).toEqual(OPEN);
  });

  it.each<[string, Credential]>([
    ['nothing', {}],
    ['a wrong key', { 'x-api-key': 'wrong' }],
    ['an empty key', { 'x-api-key': '' }],
    ['the digest', { 'x-api-key': digest }],
    ['the digest as it is configured', { 'x-api-key': `sha256:${digest}` }],
    ['half a key', { 'x-api-key': KEY.slice(0, -1) }],
    ['a key and more', { 'x-api-key': `${KEY}x` }],
    ['a key twice', { 'x-api-key': `${KEY}, ${KEY}` }],
    ['a wrong bearer beside the right key', { ...bearer('wrong'), 'x-api-key': KEY }],
    ['"undefined" as a bearer beside the right key', { ...bearer('undefined'), 'x-api-key': KEY }],
    ['another scheme beside a wrong key', { authorization: 'Basic abc', 'x-api-key': 'wrong' }],
    ['two bearers', bearer(`${KEY} ${KEY}`)],
    ['the key without a scheme', { authorization: KEY }],
    ['the key under another scheme', { authorization: `Basic ${KEY}` }],
    ['the name of a team', { 'x-api-key': 'default' }],
  ])('is needed: %s opens nothing', async (_what, credential) => {
    expect(await doors(credential)).toEqual(SHUT);
  });

  it('is not taken from a cookie, the query string or the body', async () => {
    const path = `${gateway.url}/graphql?query=%7B__typename%7D`;
    const search = `&x-api-key=${KEY}&authorization=Bearer%20${KEY}&apiKey=${KEY}`;
    expect((await send(`${path}${search}`)).status).toBe(401);
    expect((await send(path, { headers: { cookie: `x-api-key=${KEY}` } })).status).toBe(401);
    expect((await post(gateway.url, { ...HELLO, 'x-api-key': KEY })).status).toBe(401);
  });
});

describe('a JWT', () => {
  it('opens every transport', async () => {
    expect(await doors(bearer(await issuer.sign()))).toEqual(OPEN);
  });

  it('may have several audiences', async () => {
    const aud = ['another', issuer.env['JWT_AUDIENCE']];
    expect(await doors(bearer(await issuer.sign({ aud })))).toEqual(OPEN);
  });

  it('is no caller key', async () => {
    expect(await doors({ 'x-api-key': await issuer.sign() })).toEqual(SHUT);
  });

  const now = (): number => Math.floor(Date.now() / 1000);
  const claims = () => ({
    iss: issuer.env['JWT_ISSUER'] ?? '',
    aud: issuer.env['JWT_AUDIENCE'] ?? '',
    exp: now() + 60,
  });
  const spoiled: readonly [string, () => Promise<string>][] = [
    ['that has expired', () => issuer.sign({ exp: now() - 1 })],
    ['that never expires', () => issuer.sign({ exp: undefined })],
    ['whose expiry is no number', () => issuer.sign({ exp: 'never' })],
    ['that is not yet good', () => issuer.sign({ nbf: now() + 60 })],
    ['of another issuer', () => issuer.sign({ iss: 'https://evil.example' })],
    ['without an issuer', () => issuer.sign({ iss: undefined })],
    ['for another audience', () => issuer.sign({ aud: 'another' })],
    ['without an audience', () => issuer.sign({ aud: undefined })],
    ['without a signature', async () => (await issuer.sign()).replace(/[^.]+$/, '')],
    ['with another signature', async () => (await issuer.sign()).replace(/.{10}$/, 'AAAAAAAAAA')],
    [
      'whose claims were changed',
      async () => {
        const [head, , signature] = (await issuer.sign()).split('.');
        const [, body] = (await issuer.sign({ exp: now() + 999_999 })).split('.');
        return [head, body, signature].join('.');
      },
    ],
    ['of an unknown key', () => issuer.sign({}, { kid: 'unknown' })],
    [
      'signed with nothing (alg none)',
      async () => new UnsecuredJWT(claims()).encode().replace(/\.$/, '.AA'),
    ],
    [
      'signed with the public key as a secret (HS256)',
      async () => {
        const { spki } = await issuer.publicKey();
        const header = { alg: 'HS256', kid: issuer.keyId };
        return new SignJWT(claims()).setProtectedHeader(header).sign(Buffer.from(spki));
      },
    ],
    [
      'signed with the public JWK as a secret (HS256)',
      async () => {
        const { jwk } = await issuer.publicKey();
        const secret = Buffer.from(JSON.stringify(jwk));
        return new SignJWT(claims()).setProtectedHeader({ alg: 'HS256' }).sign(secret);
      },
    ],
  ];
  it.each(spoiled)('%s opens nothing', async (_what, make) => {
    expect(await doors(bearer(await make()))).toEqual(SHUT);
  });

  it('is answered with the same bytes, whatever is wrong with it', async () => {
    const tokens = await Promise.all(spoiled.map(([, make]) => make()));
    const credentials = [{}, { 'x-api-key': 'wrong' }, ...tokens.map(bearer)];
    const answers = await Promise.all(
      credentials.map((credential) => post(gateway.url, HELLO, credential)),
    );
    const shapes = answers.map(({ status, text, headers }) => {
      const { date, 'x-request-id': _id, ...rest } = headers;
      return JSON.stringify([status, text, rest, date !== undefined]);
    });
    expect(new Set(shapes).size).toBe(1);
    const [first] = answers;
    expect(first).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(first && codeOf(first)).toBe('UNAUTHENTICATED');
  });

  it('signed by a new key is good as soon as the issuer publishes it', async () => {
    const old = await issuer.sign();
    expect(await doors(bearer(old))).toEqual(OPEN);
    await issuer.rotate();
    const fresh = await issuer.sign();
    await until(async () => (await overHttp(bearer(fresh))) === 200);
    expect(await doors(bearer(fresh))).toEqual(OPEN);
    expect(await doors(bearer(old))).toEqual(OPEN);
  });

  it('with a made-up key id does not make the gateway ask the issuer each time', async () => {
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, n) => issuer.sign({}, { kid: `made-up-${n}` })),
    );
    const before = issuer.requests;
    for (const token of made) await overHttp(bearer(token));
    expect(issuer.requests - before).toBeLessThanOrEqual(3);
  });

  it('ends what it opened when it ends, and tells no event after that', async () => {
    const id = await (async () => {
      const open = await startGateway({ env: envFor(upstream) });
      return submitAnalysis(open);
    })();
    const token = await issuer.sign({ exp: now() + 2 });
    const query = `subscription { analysisStatusChanged(id: "${id}") { version } }`;
    const socket = await connectRaw(gateway.url, { init: bearer(token) });
    socket.send({ id: 's', type: 'subscribe', payload: { query } });
    expect((await socket.next()).type).toBe('next');
    const stream = post(gateway.url, { query }, { ...bearer(token), accept: 'text/event-stream' });
    expect(await socket.closed).toEqual({ code: 4403, reason: 'Credential expired' });
    expect(socket.inbox).toEqual([]);
    const { text } = await stream;
    expect(text).toContain('event: next');
    expect(text).not.toContain('complete');
    expect(await doors(bearer(token))).toEqual(SHUT);
  });
});

describe('when the issuer cannot be reached', () => {
  it('tokens are neither good nor bad, keys still work, and all is well when it is back', async () => {
    const away = await startIssuer();
    away.up = false;
    const started = await startGateway({
      env: { ...envFor(upstream), ...away.env, CALLER_KEYS: KEY },
    });
    const token = await away.sign();
    const answer = await post(started.url, HELLO, bearer(token));
    expect([answer.status, codeOf(answer), answer.headers['retry-after']]).toEqual([
      503,
      'UNAVAILABLE',
      '1',
    ]);
    const socket = await connectRaw(started.url, { init: false });
    socket.send({ type: 'connection_init', payload: bearer(token) });
    expect((await socket.closed).code).toBe(1013);
    expect((await ask(started.url, { 'x-api-key': KEY }, '{ __typename }')).data).toEqual({
      __typename: 'Query',
    });
    expect(started.logs.filter((line) => line.includes('cannot be had'))).toHaveLength(1);
    away.up = true;
    expect((await post(started.url, HELLO, bearer(token))).status).toBe(200);
    await away.stop();
  });
});

describe('npm run caller-key', () => {
  it('prints a new key and its digest, which opens the gateway for that key', async () => {
    const script = fileURLToPath(new URL('../../dist/cli/caller-key.js', import.meta.url));
    const make = (): string => execFileSync(process.execPath, [script], { encoding: 'utf8' });
    const printed = make();
    const key = /^ {2}(hsg_[\w-]{43})$/m.exec(printed)?.[1] ?? '';
    const made = /^ {2}(sha256:[0-9a-f]{64})$/m.exec(printed)?.[1] ?? '';
    expect(printed.split(key)).toHaveLength(2);
    const opened = await startGateway({ env: { ...envFor(upstream), CALLER_KEYS: made } });
    expect((await post(opened.url, HELLO, { 'x-api-key': key })).status).toBe(200);
    expect((await post(opened.url, HELLO, { 'x-api-key': KEY })).status).toBe(401);
    expect(make()).not.toContain(key);
  });

  it('tells how it is used, and makes no key for flags that it does not have', () => {
    const script = fileURLToPath(new URL('../../dist/cli/caller-key.js', import.meta.url));
    const run = (flag: string) => spawnSync(process.execPath, [script, flag], { encoding: 'utf8' });
    const usage = expect.stringMatching(/^Usage: npm run caller-key/);
    expect(run('--help')).toMatchObject({ status: 0, stdout: usage, stderr: '' });
    const wrong = expect.stringMatching(/--bogus[^]*Usage: npm run caller-key/);
    expect(run('--bogus')).toMatchObject({ status: 2, stdout: '', stderr: wrong });
    expect(run('stray')).toMatchObject({ status: 2, stdout: '' });
  });
});
