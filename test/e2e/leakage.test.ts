import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { createLogger } from '../../src/server/logger.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { post, send, type Credential } from '../support/calling.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway.ts';
import { startIssuer, type Issuer } from '../support/issuer.ts';
import {
  answer,
  code,
  cutShort,
  html,
  json,
  redirect,
  resetAfterReading,
  success,
  wrongContentLength,
  type ScriptedAnswer,
} from '../support/scripted-answers.ts';
import {
  startScriptedUpstream,
  type Endpoint,
  type ScriptedUpstream,
} from '../support/scripted-upstream.ts';
import { envFor, taskInput } from '../support/stories.ts';
import { until } from '../support/until.ts';
import { post as ring } from '../support/webhooks.ts';

/** What no answer, frame, close reason, page or log line may ever hold. */
const SECRETS = {
  apiKey: 'canary-api-key-0123456789-abcdef',
  previousKey: 'canary-old-key-0123456789-abcdef',
  clientId: 'canary-client-id',
  bearer: 'canary-bearer-token',
  callerKey: 'canary-caller-key-in-plain',
  rawBody: 'canary-of-a-raw-body',
};
const CALLER: Credential = { 'x-api-key': SECRETS.callerKey };
const VIDEO = 'https://example.com/videos/source.mp4';

let upstream: ScriptedUpstream;
let issuer: Issuer;
let gateway: Gateway;
/** Everything that left the gateway. */
let seen: string[];
let fault: 'none' | 'store' | 'bug';

beforeEach(async () => {
  [upstream, issuer] = await Promise.all([startScriptedUpstream(), startIssuer()]);
  seen = [];
  fault = 'none';
  upstream.always('getToken', json({ code: 1000, token: SECRETS.bearer }));
  gateway = await startGateway({
    env: {
      ...envFor(upstream),
      ...issuer.env,
      AKOOL_API_KEY: SECRETS.apiKey,
      AKOOL_API_KEY_PREVIOUS: SECRETS.previousKey,
      AKOOL_CLIENT_ID: SECRETS.clientId,
      AKOOL_AUTH: 'token',
      PUBLIC_URL: 'https://gateway.example',
      CALLER_KEYS: SECRETS.callerKey,
      EXPLORER: 'true',
    },
    wrapStore: (store) => ({
      ...store,
      listJobs: (query) => {
        if (fault === 'store') throw new StoreUnavailableError('The store is away.');
        if (fault === 'bug') throw new TypeError('a mistake of ours');
        return store.listJobs(query);
      },
    }),
  });
});
afterEach(async () => {
  await stopGateways();
  await Promise.all([upstream.stop(), issuer.stop()]);
});

const note = (text: string): string => {
  seen.push(text);
  return text;
};
const noteAnswer = ({ status, headers, text }: Awaited<ReturnType<typeof send>>): string =>
  note(`${status} ${JSON.stringify(headers)} ${text}`);
const run = async (query: string, variables = {}, headers = CALLER): Promise<string> =>
  noteAnswer(await post(gateway.url, { query, variables }, headers));

/** Everything a socket says until it is closed, which `last` must bring about, or is closed by the test. */
async function talk(messages: readonly unknown[], credential: unknown = CALLER): Promise<string> {
  const socket = await connectRaw(gateway.url, { init: false });
  socket.webSocket.on('message', (data: Buffer) => note(String(data)));
  socket.send({ type: 'connection_init', payload: credential });
  const acknowledged = await socket.next().then(
    () => true,
    () => false,
  );
  for (const message of acknowledged ? messages : []) {
    socket.send(message);
    await Promise.race([socket.next().catch(() => null), socket.closed]);
  }
  socket.webSocket.close();
  const { code: closeCode, reason } = await socket.closed;
  return note(`${closeCode} ${reason}`);
}

const EVERYTHING = `query($id: ID!) {
  creditBalance analysis(id: $id) { id failure { reason } videoUrl } headSwapTask(id: $id) { id failure { reason } }
  analyses { edges { node { id failure { reason } } } } createHeadSwapTaskResult(idempotencyKey: "k") { ... on Error { message } }
}`;
const SUBMIT = `mutation($i: SubmitAnalysisInput!) { submitAnalysis(input: $i) { __typename ... on Analysis { id } ... on Error { message } } }`;
const CREATE = `mutation($i: CreateHeadSwapTaskInput!) { createHeadSwapTask(input: $i) { __typename ... on HeadSwapTask { id } ... on Error { message } } }`;
const WATCH = `subscription($id: ID!) { analysisStatusChanged(id: $id) { id failure { reason } } }`;

/** What left the gateway with a secret in it. */
function leaks(more: readonly string[] = []): string[] {
  const texts = [...seen, ...gateway.logs];
  if (texts.join('').length < 1_000) throw new Error('Too little was said.');
  return [...Object.values(SECRETS), ...more]
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
    ])
    .flatMap((form) => texts.filter((text) => text.includes(form)));
}

/** AKOOL at its worst: it tells back what it was sent, and more. */
const spill: ScriptedAnswer = (exchange) => {
  const { headers } = exchange.request;
  const msg = `bad ${headers['authorization']} ${SECRETS.bearer} ${SECRETS.apiKey} ${SECRETS.clientId} ${SECRETS.previousKey}`;
  code(1003, msg)(exchange);
};

describe('no secret leaves the gateway', () => {
  it('whatever AKOOL answers', async () => {
    const submitted = await run(SUBMIT, { i: { videoUrl: VIDEO } });
    const id = /"id":"(\w+)"/.exec(submitted)?.[1] ?? '';
    expect(id).not.toBe('');
    upstream.setAnalysis(id, {
      status: 3,
      analysis_result: { media: [{ obj_id: 0, img_url: 'https://example.com/p.png' }] },
    });
    await until(async () =>
      (await run(`{ analysis(id: "${id}") { status } }`)).includes('COMPLETED'),
    );
    const created = await run(CREATE, { i: taskInput(id) });
    const webhookUrl = String(
      Reflect.get(Object(upstream.requestsTo('createTask')[0]?.json), 'webhookUrl'),
    );
    const webhookToken = webhookUrl.split('/').at(-1) ?? '';
    expect(created).toContain('HeadSwapTask');
    expect(webhookToken.length).toBeGreaterThan(30);

    const faults: ScriptedAnswer[] = [
      spill,
      code(1101, SECRETS.bearer),
      code(2001, SECRETS.apiKey),
      code(4242, `${SECRETS.rawBody}${SECRETS.apiKey}`.slice(SECRETS.rawBody.length)),
      answer(`<html>${Object.values(SECRETS).join(' ')}</html>`, 502, {
        'content-type': 'text/html',
      }),
      answer(`{"code":1000,"data":"${SECRETS.rawBody}`),
      answer(`{"${SECRETS.rawBody}":1}`),
      html(),
      cutShort(`{"code":1000,"msg":"${SECRETS.rawBody}","data":{"_id":"x"}}`),
      wrongContentLength(`{"code":1000,"msg":"${SECRETS.rawBody}"}`, 9_999),
      redirect(307, `https://evil.example/${SECRETS.apiKey}`),
      success({ _id: id, status: 4, error_reason: `failed with ${SECRETS.apiKey}` }),
      success({ _id: id, status: SECRETS.rawBody, video_url: 7 }),
      resetAfterReading,
    ];
    const endpoints: Endpoint[] = ['analyze', 'analysis', 'createTask', 'task', 'quota'];
    for (const [number, faulty] of faults.entries()) {
      for (const endpoint of endpoints) upstream.always(endpoint, faulty);
      const foreign = `6a066d03625700000000${String(number).padStart(4, '0')}`;
      await run(EVERYTHING, { id: foreign });
      await run(SUBMIT, { i: { videoUrl: VIDEO } });
      await run(CREATE, { i: taskInput(id) });
      await run(WATCH, { id: foreign }, { ...CALLER, accept: 'text/event-stream' });
      const watch = {
        id: '1',
        type: 'subscribe',
        payload: { query: WATCH, variables: { id: foreign } },
      };
      await talk([watch]);
    }
    upstream.always('getToken', spill);
    for (const endpoint of endpoints) upstream.always(endpoint, code(1101));
    await run(EVERYTHING, { id: '6a066d0362570000000f0000' });
    for (const body of ['{}', '{ canary', Object.values(SECRETS).join(' '), '']) {
      note(JSON.stringify(await ring(gateway, webhookToken, body)));
      note(JSON.stringify(await ring(gateway, `${webhookToken}x`, body)));
    }
    expect(leaks([webhookToken])).toEqual([]);
    expect(
      upstream.requests.some(({ headers }) => headers['authorization']?.includes(SECRETS.bearer)),
    ).toBe(true);
  });

  it('whatever a caller sends, and none of what it sent comes back', async () => {
    const token = await issuer.sign();
    const expired = await issuer.sign({ exp: 1 });
    const secrets = [token, expired, ...token.split('.').slice(1)];
    const bearer = (text: string): Credential => ({ authorization: `Bearer ${text}` });
    await run('{ __typename }', {}, bearer(token));
    for (const wrong of [expired, `${token}x`, `${SECRETS.callerKey}x`, SECRETS.apiKey]) {
      await run('{ __typename }', {}, bearer(wrong));
      await run('{ __typename }', {}, { 'x-api-key': wrong });
      await talk([], bearer(wrong));
    }
    const pasted = `${SECRETS.callerKey} ${token} ${SECRETS.rawBody}`;
    for (const query of [
      `{ "${pasted}`,
      `{ a @ ${pasted}`,
      pasted,
      `#${pasted}`,
      `{ echo(t: """${pasted}`,
    ]) {
      await run(query);
      await run(query, {}, { ...CALLER, accept: 'text/event-stream' });
      await talk([{ id: '1', type: 'subscribe', payload: { query } }]);
    }
    for (const body of [
      `{"query": "${pasted}`,
      `[${pasted}]`,
      pasted,
      `{"query":{"a":"${pasted}"}}`,
    ]) {
      noteAnswer(
        await send(`${gateway.url}/graphql`, {
          method: 'POST',
          headers: { ...CALLER, 'content-type': 'application/json' },
          body,
        }),
      );
      await talk([body]);
    }
    for (const message of [
      { type: SECRETS.callerKey },
      { type: 'subscribe', id: SECRETS.rawBody },
      { type: 'next', payload: pasted },
    ]) {
      await talk([message]);
    }
    expect(leaks(secrets)).toEqual([]);
  });

  it('on any page or route', async () => {
    for (const path of [
      '/',
      '/graphql',
      '/health',
      '/ready',
      '/metrics',
      `/${SECRETS.callerKey}`,
    ]) {
      for (const accept of ['text/html', '*/*']) {
        noteAnswer(await send(`${gateway.url}${path}`, { headers: { ...CALLER, accept } }));
      }
    }
    expect(seen.join('')).toContain('GraphiQL');
    expect(leaks()).toEqual([]);
  });
});

describe('a fault of ours', () => {
  it('is INTERNAL to callers, with an id under which the log has its message and its places', async () => {
    fault = 'bug';
    const query = '{ analyses { edges { cursor } } }';
    const text = await run(query);
    const requestId = /"requestId":"([^"]+)"/.exec(text)?.[1] ?? '';
    expect(text).toContain('"code":"INTERNAL"');
    expect(text).toContain(`"x-request-id":"${requestId}"`);
    expect(text).not.toMatch(/mistake of ours|leakage\.test|node_modules|TypeError/);
    const line = gateway.logs.find((logged) => logged.includes('mistake of ours'));
    const { requestId: logged, error, level } = JSON.parse(line ?? '{}');
    expect([logged, level, error.name]).toEqual([requestId, 'error', 'TypeError']);
    expect(error.stack[0]).toContain('leakage.test.ts');

    const socket = await connectRaw(gateway.url, { init: CALLER });
    socket.send({ id: '1', type: 'subscribe', payload: { query } });
    const frame = JSON.stringify(await socket.next());
    expect(frame).not.toContain('mistake of ours');
    const frameId = /"requestId":"([^"]+)"/.exec(frame)?.[1] ?? 'none';
    expect(frameId).not.toBe(requestId);
    expect(gateway.logs.filter((logged) => logged.includes(frameId)).length).toBeGreaterThan(1);
    socket.webSocket.terminate();
  });

  it('of the store is UNAVAILABLE, with a time to wait', async () => {
    fault = 'store';
    const text = await run('{ analyses { edges { cursor } } }');
    expect(text).toContain('"code":"UNAVAILABLE","retryAfterSeconds":5');
  });
});

describe('the log', () => {
  it('tells each operation at level debug: its name and kind, never its variables or its text', async () => {
    await run('query Named($id: ID!) { analysis(id: $id) { id } }', { id: 'canary-of-a-variable' });
    await run('{ canaryOfADocument }');
    const lines = gateway.logs.map((line) => JSON.parse(line));
    const answered = lines.find(({ operation }) => operation === 'Named');
    expect(answered).toMatchObject({
      level: 'debug',
      msg: 'Operation answered',
      kind: 'query',
      team: 'default',
      requestId: expect.any(String),
      ms: expect.any(Number),
    });
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'Operation refused', code: 'GRAPHQL_VALIDATION_FAILED' }),
    );
    expect(gateway.logs.join('')).not.toMatch(/canary-of-a-variable|canaryOfADocument/);
  });

  it('of a secret in an error keeps the rest', () => {
    const lines: string[] = [];
    const log = createLogger({
      level: 'info',
      secrets: [SECRETS.apiKey],
      readable: false,
      destination: { write: (line) => lines.push(line) },
    });
    log.error({ error: new Error(`no ${SECRETS.apiKey} here`) }, 'Unexpected error');
    expect(lines.join('')).toContain('no [hidden] here');
    expect(lines.join('')).toContain('leakage.test.ts');
    expect(lines.join('')).not.toContain(SECRETS.apiKey);
  });
});
