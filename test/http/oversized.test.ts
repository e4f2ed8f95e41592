import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { codeOf, send, type HttpAnswer } from '../support/gateway/calling.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import {
  killGateways,
  spawnGateway,
  type GatewayProcess,
} from '../support/gateway/gateway-process.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { API_KEY, envFor } from '../support/gateway/stories.ts';

/** Requests to the gateway as it runs that are too large, too deep, too many or of the wrong type: refused in time, and AKOOL never hears of them. */

const CANARY = 'canary-4711';
const IN_TIME_MS = 1_500;

let upstream: ScriptedUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await spawnGateway(newFolder(), envFor(upstream));
});
afterAll(async () => {
  await killGateways();
  await upstream.stop();
  removeFolders();
});

async function ask(body: string | object): Promise<HttpAnswer> {
  return send(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Refused with this status and code, in time and in few words, with nothing of it in the log, and nothing asked upstream. */
async function expectRefused(
  body: string | object,
  status: number,
  code: string,
): Promise<HttpAnswer> {
  const askedAt = performance.now();
  const answer = await ask(body);
  expect([answer.status, codeOf(answer)]).toEqual([status, code]);
  // A busy machine may take its time; what is quadratic takes far more.
  expect(performance.now() - askedAt).toBeLessThan(IN_TIME_MS * 2);
  expect(answer.text.length).toBeLessThan(5_000);
  expect(gateway.output()).not.toMatch(new RegExp(`${CANARY}|${API_KEY}`));
  expect(upstream.requests).toEqual([]);
  expect(await ask({ query: '{ __typename }' })).toMatchObject({ status: 200 });
  return answer;
}

const many = (count: number, text: (number: number) => string): string =>
  Array.from({ length: count }, (_, number) => text(number)).join(' ');

/** Ten spreads of the next fragment in each, on the schema as it is. */
function fanOut(levels: number): string {
  const spreads = (level: number): string => many(10, () => `...F${level}`);
  const parts = Array.from({ length: levels }, (_, level) => {
    const inner = level === levels - 1 ? 'id status' : spreads(level + 1);
    return `fragment F${level} on HeadSwapTask { ${inner} }`;
  });
  return `{ headSwapTask(id: "${CANARY}") { ${spreads(0)} } } ${parts.join(' ')}`;
}

const LIST = 'query ($first: Int) { headSwapTasks(first: $first) { edges { node { id } } } }';
const TASK = 'query ($id: ID!) { headSwapTask(id: $id) { id } }';
const CREATE =
  'mutation ($input: CreateHeadSwapTaskInput!) { createHeadSwapTask(input: $input) { __typename } }';

describe('a document', () => {
  it.each([
    ['1 MB', `{ ${'__typename '.repeat(100_000)} } #${CANARY}`, 413, 'BAD_REQUEST'],
    ['fragments that multiply to 10^9 fields', fanOut(9), 400, 'OPERATION_TOO_COMPLEX'],
    [
      '101 tasks by their ids',
      `{ ${many(101, (number) => `t${number}: headSwapTask(id: "${CANARY}${number}") { id }`)} }`,
      400,
      'OPERATION_TOO_COMPLEX',
    ],
    [
      'as many variables as fit into a request',
      `query (${many(5_000, (number) => `$v${number}: ID`)}) { __typename }`,
      400,
      'OPERATION_TOO_COMPLEX',
    ],
    [
      '10,000 variables that it declares',
      `query (${many(10_000, (number) => `$v${number}: ID`)}) { __typename }`,
      413,
      'BAD_REQUEST',
    ],
  ])('of %s is refused', async (_what, query, status, code) => {
    const { text } = await expectRefused({ query }, status, code);
    expect(text).not.toContain(CANARY);
  });
});

describe('pages inside pages', () => {
  const inner = 'headSwapTasks(first: $first) { pageInfo { hasNextPage } }';
  const query = `query ($first: Int) { analyses(first: $first) { edges { node { ${inner} } } } }`;
  const body = { query, variables: { first: 100 } };
  const error = {
    message:
      'This operation costs 30300; at most 25000 is allowed. ' +
      'Ask for smaller pages (a lower first), or for fewer lists inside lists.',
    extensions: { code: 'OPERATION_TOO_COMPLEX' },
  };

  it('cost too much, and nothing of them is begun, over every transport', async () => {
    const { text } = await expectRefused(body, 400, 'OPERATION_TOO_COMPLEX');
    expect(JSON.parse(text)).toEqual({ errors: [error] });
    const variables = JSON.stringify(body.variables);
    const search = new URLSearchParams({ query, variables }).toString();
    expect(await send(`${gateway.url}/graphql?${search}`)).toMatchObject({ status: 400, text });
    const accept = 'text/event-stream';
    const events = await send(`${gateway.url}/graphql?${search}`, { headers: { accept } });
    expect(events.text).toContain(`data: ${text}\n`);
    const socket = await connectRaw(gateway.url);
    socket.send({ id: '1', type: 'subscribe', payload: body });
    expect(await socket.next()).toEqual({ id: '1', type: 'error', payload: [error] });
    socket.webSocket.terminate();
  });

  it('may be asked for in smaller ones, and in one of several operations', async () => {
    const both = `query Small { __typename } ${query.replace('query', 'query Large')}`;
    const ways = [
      { query, variables: { first: 10 } },
      { ...body, query: both, operationName: 'Small' },
    ];
    for (const way of ways) expect((await ask(way)).text).not.toContain('errors');
    const large = { ...body, query: both, operationName: 'Large' };
    await expectRefused(large, 400, 'OPERATION_TOO_COMPLEX');
  });
});

describe('variables', () => {
  it('10,000 that nobody asked for are let be', async () => {
    const values = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, n) => [n.toString(36), 0]),
    );
    const answer = await ask({ query: '{ __typename }', variables: values });
    expect([answer.status, answer.text]).toEqual([200, '{"data":{"__typename":"Query"}}']);
  });

  const mapping = { objId: 0, faceUrl: `https://example.com/${CANARY}` };
  const input = { idempotencyKey: 'k', analysisId: 'a', mappings: [mapping] };
  it.each([
    ['an id that is an object', TASK, { id: { id: CANARY } }],
    ['an id that is a list', TASK, { id: [CANARY] }],
    ['an id that is true', TASK, { id: true }],
    ['an id that is a fraction', TASK, { id: 1.5 }],
    ['no id', TASK, {}],
    ['a page of 101', LIST, { first: 101 }],
    ['a page of 2^31 - 1', LIST, { first: 2_147_483_647 }],
    ['a page of 2^31', LIST, { first: 2_147_483_648 }],
    ['a page of -1', LIST, { first: -1 }],
    ['a page of half', LIST, { first: 0.5 }],
    ['a page of "10"', LIST, { first: '10' }],
    ['an input that is a text', CREATE, { input: CANARY }],
    ['an input with a field that is not', CREATE, { input: { ...input, [CANARY]: 1 } }],
    ['mappings that are an object', CREATE, { input: { ...input, mappings: mapping.objId } }],
    ['a mapping that is null', CREATE, { input: { ...input, mappings: [null] } }],
    [
      'an objId of 2^53',
      CREATE,
      { input: { ...input, mappings: [{ ...mapping, objId: 2 ** 53 }] } },
    ],
  ])('of the wrong type are refused: %s', async (_what, query, variables) => {
    const { text } = await expectRefused({ query, variables }, 200, 'INVALID_INPUT');
    expect(JSON.parse(text).data ?? null).toBeNull();
  });
});

it('1,000 mappings are one typed error, and nothing is bought', async () => {
  const mappings = Array.from({ length: 1_000 }, (_, objId) => ({ objId, faceUrl: 'https://a.b' }));
  const variables = { input: { idempotencyKey: 'k', analysisId: 'a', mappings } };
  const { status, text } = await ask({ query: CREATE, variables });
  expect([status, JSON.parse(text)]).toEqual([
    200,
    { data: { createHeadSwapTask: { __typename: 'InvalidInputError' } } },
  ]);
  expect(upstream.requests).toEqual([]);
});

it('of two keys alike the last one counts, in the body and in the variables, and __proto__ is a name like any other', async () => {
  const body = `{"query":"{ ${CANARY} }","query":${JSON.stringify(LIST)},"variables":{"first":999},"variables":{"first":-1,"__proto__":{"first":5},"first":3}}`;
  const { status, text } = await ask(body);
  expect([status, text]).toEqual([200, '{"data":{"headSwapTasks":{"edges":[]}}}']);
  await expectRefused(
    `{"query":${JSON.stringify(CREATE)},"variables":{"input":{"__proto__":{"idempotencyKey":"k","analysisId":"a","mappings":[]}}}}`,
    200,
    'INVALID_INPUT',
  );
});
