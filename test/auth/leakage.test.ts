import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { send, type Credential } from '../support/gateway/calling.ts';
import { stopGateways } from '../support/gateway/gateway.ts';
import { CALLER, SECRETS, startLeakage, type Leakage } from '../support/gateway/leakage.ts';
import {
  answer,
  code,
  cutShort,
  html,
  redirect,
  resetAfterReading,
  success,
  wrongContentLength,
  type ScriptedAnswer,
} from '../support/akool/scripted-answers.ts';
import type { Endpoint } from '../support/akool/scripted-upstream.ts';
import { taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { post as ring } from '../support/akool/webhooks.ts';

const VIDEO = 'https://example.com/videos/source.mp4';

let story: Leakage;

beforeEach(async () => {
  story = await startLeakage();
});
afterEach(async () => {
  await story.stop();
  await stopGateways();
});

const EVERYTHING = `query($id: ID!) {
  creditBalance analysis(id: $id) { id failure { reason } videoUrl } headSwapTask(id: $id) { id failure { reason } }
  analyses { edges { node { id failure { reason } } } } createHeadSwapTaskResult(idempotencyKey: "k") { ... on Error { message } }
}`;
const SUBMIT = `mutation($i: SubmitAnalysisInput!) { submitAnalysis(input: $i) { __typename ... on Analysis { id } ... on Error { message } } }`;
const CREATE = `mutation($i: CreateHeadSwapTaskInput!) { createHeadSwapTask(input: $i) { __typename ... on HeadSwapTask { id } ... on Error { message } } }`;
const WATCH = `subscription($id: ID!) { analysisStatusChanged(id: $id) { id failure { reason } } }`;

/** AKOOL at its worst: it tells back what it was sent, and more. */
const spill: ScriptedAnswer = (exchange) => {
  const { headers } = exchange.request;
  const msg = `bad ${headers['authorization']} ${SECRETS.bearer} ${SECRETS.apiKey} ${SECRETS.clientId} ${SECRETS.previousKey}`;
  code(1003, msg)(exchange);
};

describe('no secret leaves the gateway', () => {
  it('whatever AKOOL answers', async () => {
    const submitted = await story.run(SUBMIT, { i: { videoUrl: VIDEO } });
    const id = /"id":"(\w+)"/.exec(submitted)?.[1] ?? '';
    expect(id).not.toBe('');
    story.upstream.setAnalysis(id, {
      status: 3,
      analysis_result: { media: [{ obj_id: 0, img_url: 'https://example.com/p.png' }] },
    });
    await until(async () =>
      (await story.run(`{ analysis(id: "${id}") { status } }`)).includes('COMPLETED'),
    );
    const created = await story.run(CREATE, { i: taskInput(id) });
    const webhookUrl = String(
      Reflect.get(Object(story.upstream.requestsTo('createTask')[0]?.json), 'webhookUrl'),
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
      for (const endpoint of endpoints) story.upstream.always(endpoint, faulty);
      const foreign = `6a066d03625700000000${String(number).padStart(4, '0')}`;
      await story.run(EVERYTHING, { id: foreign });
      await story.run(SUBMIT, { i: { videoUrl: VIDEO } });
      await story.run(CREATE, { i: taskInput(id) });
      await story.run(WATCH, { id: foreign }, { ...CALLER, accept: 'text/event-stream' });
      const watch = {
        id: '1',
        type: 'subscribe',
        payload: { query: WATCH, variables: { id: foreign } },
      };
      await story.talk([watch]);
    }
    story.upstream.always('getToken', spill);
    for (const endpoint of endpoints) story.upstream.always(endpoint, code(1101));
    await story.run(EVERYTHING, { id: '6a066d0362570000000f0000' });
    for (const body of ['{}', '{ canary', Object.values(SECRETS).join(' '), '']) {
      story.note(JSON.stringify(await ring(story.gateway, webhookToken, body)));
      story.note(JSON.stringify(await ring(story.gateway, `${webhookToken}x`, body)));
    }
    expect(story.leaks([webhookToken])).toEqual([]);
    expect(
      story.upstream.requests.some(({ headers }) =>
        headers['authorization']?.includes(SECRETS.bearer),
      ),
    ).toBe(true);
  });

  it('whatever a caller sends, and none of what it sent comes back', async () => {
    const token = await story.issuer.sign();
    const expired = await story.issuer.sign({ exp: 1 });
    const secrets = [token, expired, ...token.split('.').slice(1)];
    const bearer = (text: string): Credential => ({ authorization: `Bearer ${text}` });
    await story.run('{ __typename }', {}, bearer(token));
    for (const wrong of [expired, `${token}x`, `${SECRETS.callerKey}x`, SECRETS.apiKey]) {
      await story.run('{ __typename }', {}, bearer(wrong));
      await story.run('{ __typename }', {}, { 'x-api-key': wrong });
      await story.talk([], bearer(wrong));
    }
    const pasted = `${SECRETS.callerKey} ${token} ${SECRETS.rawBody}`;
    for (const query of [
      `{ "${pasted}`,
      `{ a @ ${pasted}`,
      pasted,
      `#${pasted}`,
      `{ echo(t: """${pasted}`,
    ]) {
      await story.run(query);
      await story.run(query, {}, { ...CALLER, accept: 'text/event-stream' });
      await story.talk([{ id: '1', type: 'subscribe', payload: { query } }]);
    }
    for (const body of [
      `{"query": "${pasted}`,
      `[${pasted}]`,
      pasted,
      `{"query":{"a":"${pasted}"}}`,
    ]) {
      story.noteAnswer(
        await send(`${story.gateway.url}/graphql`, {
          method: 'POST',
          headers: { ...CALLER, 'content-type': 'application/json' },
          body,
        }),
      );
      await story.talk([body]);
    }
    for (const message of [
      { type: SECRETS.callerKey },
      { type: 'subscribe', id: SECRETS.rawBody },
      { type: 'next', payload: pasted },
    ]) {
      await story.talk([message]);
    }
    expect(story.leaks(secrets)).toEqual([]);
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
        story.noteAnswer(
          await send(`${story.gateway.url}${path}`, { headers: { ...CALLER, accept } }),
        );
      }
    }
    expect(story.seen.join('')).toContain('GraphiQL');
    expect(story.leaks()).toEqual([]);
  });
});
