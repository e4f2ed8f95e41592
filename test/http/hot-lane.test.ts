import { connect } from 'node:net';
import { buildSchema } from 'graphql';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import type { CheckCost } from '../../src/graphql/operation-cost.ts';
import type { ServerLimits } from '../../src/server/limits.ts';
import { createPersistedOperations } from '../../src/server/operations/persisted/persisted-operations.ts';
import { startToyServer, type ToyServer } from '../conformance/support/toy-server.ts';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';
import { untilClosed } from '../support/processes/until-closed.ts';
import { until } from '../support/processes/until.ts';

/*
 * Known documents are answered by a short lane, unless a plugin of the operator's is there. The same requests go to one server with
 * the lane and to one without it; every byte of their answers and every line of their logs must agree.
 */

interface Twin {
  readonly server: ToyServer;
  readonly clock: ManualClock;
  /** What was logged, without request ids. */
  readonly lines: unknown[];
}

const servers: ToyServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const HELLO = '{ hello }';
const MANY = `{ ${Array.from({ length: 60 }, (_, n) => `a${n}: hello`).join(' ')} }`;
const BUY = 'mutation Buy($count: Int!) { buy(count: $count) }';
const ECHO = 'query Echo($text: String!) { echo(text: $text) }';
const persisted = createPersistedOperations({
  known: HELLO,
  echo: ECHO,
  buy: 'mutation ById { buy }',
});

const checkCost: CheckCost = (_document, operation) => {
  if (operation.name?.value === 'Dear') {
    throw new GatewayError('OPERATION_TOO_COMPLEX', 'This operation costs 9.');
  }
};

async function startTwin(lane: boolean, limits: Partial<ServerLimits>): Promise<Twin> {
  const clock = createManualClock();
  const lines: unknown[] = [];
  const note =
    (level: string) =>
    ({ requestId: _id, error, ...fields }: Record<string, unknown>, message: string): void =>
      void lines.push([level, { ...fields, error: String(error) }, message]);
  const server = await startToyServer({
    clock,
    limits: { compileAtSight: 2, ...limits },
    persisted,
    checkCost,
    allowedOrigins: ['https://app.example'],
    log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    plugins: lane ? [] : [{ onDispose: () => {} }],
  });
  servers.push(server);
  return { server, clock, lines };
}

/** Sends a request as it stands, and returns every byte of the answer but for the ids and times in it. */
async function send({ server }: Twin, head: readonly string[], body: string | Buffer) {
  const bytes = Buffer.from(body);
  const length = head.some((line) => /^(content-length|transfer-encoding):/i.test(line))
    ? []
    : [`content-length: ${bytes.length}`];
  const lines = [...head, 'host: localhost', 'connection: close', ...length];
  const socket = connect(server.port, '127.0.0.1');
  socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]));
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  await untilClosed(socket);
  return text.replace(/^date: .*$/im, 'date').replace(/[\da-f]{8}-[\da-f-]{27}/g, 'id');
}

const POST = 'POST /graphql HTTP/1.1';
const JSON_TYPE = 'content-type: application/json';
const post = (body: unknown, ...headers: string[]): [string[], string] => [
  [POST, JSON_TYPE, ...headers],
  typeof body === 'string' ? body : JSON.stringify(body),
];

const requests: Record<string, [head: string[], body: string | Buffer]> = {
  'a query': post({ query: HELLO }),
  'a query in the new media type': post(
    { query: HELLO },
    'accept: application/graphql-response+json',
  ),
  'a query with variables': post({ query: ECHO, variables: { text: 'ü → 🏃 \u2028' } }),
  'keys that nobody knows': post({ query: HELLO, surprise: 1, extensions: { a: 1 } }),
  'an empty name': post({ query: HELLO, operationName: '' }),
  'null for everything else': post({
    query: HELLO,
    variables: null,
    operationName: null,
    extensions: null,
  }),
  'an error beside data': post({ query: '{ hello missing }' }),
  'an unexpected error': post({ query: '{ hello boom }' }),
  'a variable that is missing': post({ query: ECHO }),
  'a variable that is wrong': post({ query: ECHO, variables: { text: [1] } }),
  'a variable that is wrong, new media type': post(
    { query: ECHO, variables: { text: [1] } },
    'accept: application/graphql-response+json',
  ),
  'variables that are a list': post({ query: HELLO, variables: [] }),
  'variables that are a text': post({ query: HELLO, variables: 'x' }),
  'variables that are too deep': post({ query: HELLO, variables: nested(40) }),
  'extensions that are a list': post({ query: HELLO, extensions: [] }),
  'a name that is no text': post({ query: HELLO, operationName: 7 }),
  'a name that is not there': post({ query: HELLO, operationName: 'Other' }),
  'several operations and no name': post({ query: 'query A { hello } query B { team }' }),
  'several operations and a name': post({
    query: 'query A { hello } query B { team }',
    operationName: 'B',
  }),
  'a query beside a mutation': post({
    query: 'query A { hello } mutation B { buy }',
    operationName: 'A',
  }),
  'a mutation beside a query': post({
    query: 'query A { hello } mutation B { buy }',
    operationName: 'B',
  }),
  'a mutation': post({ query: 'mutation { buy }' }),
  'a mutation with a variable': post({ query: BUY, variables: { count: 3 } }),
  'a mutation with a wrong variable': post({ query: BUY, variables: { count: 'x' } }),
  'a mutation of several fields': post({ query: 'mutation { a: buy(count: 7) b: buy }' }),
  'more mutations than may be': post({ query: 'mutation { a: buy b: buy c: buy d: buy }' }),
  'a mutation as events': post({ query: 'mutation { buy }' }, 'accept: text/event-stream'),
  'a mutation from another site': post(
    { query: 'mutation { buy }' },
    'origin: https://evil.example',
  ),
  'a mutation as a simple form': [
    [POST, 'content-type: text/plain'],
    JSON.stringify({ query: 'mutation { buy }' }),
  ],
  'a mutation of nobody': post({ query: 'mutation { buy }' }, 'x-api-key: wrong'),
  'a subscription': post({ query: 'subscription { feed }' }),
  'no query': post({}),
  'a query that is a number': post({ query: 7 }),
  'what does not parse': post({ query: '{ canary' }),
  'what does not fit the schema': post({ query: '{ nope }' }),
  'what is too large': post({ query: MANY }),
  'what costs too much': post({ query: 'query Dear { hello }' }),
  'an operation by its id': post({ documentId: 'known' }),
  "an operation by Apollo's hash": post({
    extensions: { persistedQuery: { sha256Hash: 'known' } },
  }),
  'an operation by its id, with variables': post({ documentId: 'echo', variables: { text: 'a' } }),
  'an operation by its id, without its variables': post({ documentId: 'echo' }),
  'a mutation by its id': post({ documentId: 'sha256:buy' }),
  'an id beside a query': post({ query: HELLO, documentId: 'buy' }),
  'an id beside an empty query': post({ query: '', documentId: 'known' }),
  'an id beside a query that is a number': post({ query: 7, documentId: 'known' }),
  'an id that nobody knows': post({ documentId: 'nobody' }),
  'an id that is a number': post({ documentId: 7 }),
  'a hash that is a number': post({ extensions: { persistedQuery: { sha256Hash: 7 } } }),
  'a batch': post([{ query: HELLO }]),
  'no JSON': post('{"query":'),
  'bytes that are no text': [[POST, JSON_TYPE], Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  'a body that is too large': post({ query: HELLO, filler: 'x'.repeat(120_000) }),
  'a team of its own': post({ query: '{ team }' }, 'x-api-key: team-red'),
  'a wrong credential': post({ query: HELLO }, 'x-api-key: wrong'),
  'a page of another site': post({ query: HELLO }, 'origin: https://evil.example'),
  'a page of an allowed one': post({ query: HELLO }, 'origin: https://app.example'),
  'another type of body': [[POST, 'content-type: text/plain'], JSON.stringify({ query: HELLO })],
  'an encoded body': post({ query: HELLO }, 'content-encoding: gzip'),
  'nothing that we answer': post({ query: HELLO }, 'accept: text/plain'),
  'an answer as events': post({ query: HELLO }, 'accept: text/event-stream'),
  'a mistake as events': post({ query: '{ nope }' }, 'accept: text/event-stream'),
  'both kinds of answer': post({ query: HELLO }, 'accept: text/event-stream, application/json'),
  'a GET': [['GET /graphql?query=%7Bhello%7D HTTP/1.1'], ''],
  'a GET without a query': [['GET /graphql HTTP/1.1'], ''],
  'a GET of a mutation': [['GET /graphql?query=mutation%7Bbuy%7D HTTP/1.1'], ''],
  'a PUT': [['PUT /graphql HTTP/1.1', JSON_TYPE], JSON.stringify({ query: HELLO })],
};

describe('the lane of known documents', () => {
  it('answers as the plugins do, byte by byte, and logs the same', async () => {
    const [quick, plain] = [await startTwin(true, {}), await startTwin(false, {})];
    // Known documents, and compiled ones, are another matter than new ones.
    for (let round = 0; round < 4; round += 1) {
      for (const [what, [head, body]] of Object.entries(requests)) {
        const answers = [await send(quick, head, body), await send(plain, head, body)];
        expect([what, round, answers[0]]).toEqual([what, round, answers[1]]);
        expect(answers[0]).toMatch(/^HTTP\/1\.1 \d{3} /);
      }
    }
    expect(quick.lines).toEqual(plain.lines);
    expect(quick.lines.length).toBeGreaterThan(100);
    expect(quick.server.bought).toEqual(plain.server.bought);
    expect(quick.server.bought.length).toBeGreaterThan(20);
    expect(quick.server.contexts).toBe(plain.server.contexts);
  });

  it('takes as much of the allowance', async () => {
    const rates = {
      query: { perSecond: 1, burst: 6 },
      mutation: { perSecond: 1, burst: 2 },
      subscription: { perSecond: 1, burst: 1 },
    };
    const twins = [await startTwin(true, { rates }), await startTwin(false, { rates })];
    const told = await Promise.all(
      twins.map(async (twin) => {
        const answers: string[] = [];
        const buy = 'mutation { buy }';
        for (const query of [HELLO, '{ nope }', HELLO, buy, buy, HELLO]) {
          for (let n = 0; n < 2; n += 1) answers.push(await send(twin, ...post({ query })));
        }
        return answers;
      }),
    );
    expect(told[0]).toEqual(told[1]);
    expect(told[0]?.join()).toContain('RATE_LIMITED');
    expect(twins.map(({ server }) => server.bought)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('gives up what takes too long', async () => {
    const limits = { queryMs: 1_000 };
    const twins = [await startTwin(true, limits), await startTwin(false, limits)];
    const told = await Promise.all(
      twins.map(async (twin) => {
        const answers: string[] = [];
        for (let round = 1; round <= 3; round += 1) {
          const answer = send(twin, ...post({ query: '{ slow }' }));
          await until(() => twin.server.waiting === round);
          await twin.clock.advance(1_000);
          answers.push(await answer);
        }
        return answers;
      }),
    );
    expect(told[0]).toEqual(told[1]);
    expect(told[0]?.[2]).toContain('"TIMEOUT"');
    expect(twins[0]?.lines).toEqual(twins[1]?.lines);
  });

  it('gives up a mutation that takes too long, and lets it go on', async () => {
    const limits = { mutationMs: 1_000 };
    const twins = [await startTwin(true, limits), await startTwin(false, limits)];
    const told = await Promise.all(
      twins.map(async (twin) => {
        const answers: string[] = [];
        for (let round = 1; round <= 3; round += 1) {
          const answer = send(twin, ...post({ query: 'mutation { buySlowly }' }));
          await until(() => twin.server.waiting === round);
          await twin.clock.advance(1_000);
          answers.push(await answer);
        }
        twin.server.openGate();
        await until(() => twin.server.bought.length === 3);
        return answers;
      }),
    );
    expect(told[0]).toEqual(told[1]);
    expect(told[0]?.[2]).toContain('It goes on all the same');
    expect(twins[0]?.lines).toEqual(twins[1]?.lines);
  });

  it('answers a connection in the order in which it was asked, and more than it takes at once', async () => {
    const text = 'ü'.repeat(20_000);
    const asked = [
      { query: '{ slow }' },
      { query: ECHO, variables: { text } },
      { query: HELLO },
      { query: ECHO, variables: { text: 'last' } },
    ].map((body) => JSON.stringify(body));
    for (const twin of [await startTwin(true, {}), await startTwin(false, {})]) {
      for (const known of [HELLO, ECHO]) {
        await send(twin, ...post({ query: known, variables: { text } }));
      }
      const socket = connect(twin.server.port, '127.0.0.1');
      const bytes: Buffer[] = [];
      for (const body of asked) {
        const head = [
          POST,
          JSON_TYPE,
          'host: localhost',
          `content-length: ${Buffer.byteLength(body)}`,
        ];
        socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
      }
      await until(() => twin.server.waiting === 1);
      twin.server.openGate();
      // Only now does anybody read.
      socket.on('data', (chunk: Buffer) => void bytes.push(chunk));
      const received = (): string => Buffer.concat(bytes).toString();
      await until(() => received().endsWith('{"data":{"echo":"last"}}'));
      const bodies = received()
        .match(/\{"data":.*\}\}/g)
        ?.map((body) => JSON.parse(body).data);
      expect(bodies).toEqual([
        { slow: 'done' },
        { echo: text },
        { hello: 'world' },
        { echo: 'last' },
      ]);
      socket.destroy();
    }
  });

  it('buys to the end for a caller who is gone', async () => {
    for (const twin of [await startTwin(true, {}), await startTwin(false, {})]) {
      for (let round = 1; round <= 3; round += 1) {
        const [head, body] = post({ query: 'mutation { buySlowly }' });
        const socket = connect(twin.server.port, '127.0.0.1');
        const lines = [...head, 'host: localhost', `content-length: ${body.length}`];
        socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
        await until(() => twin.server.waiting === round);
        socket.destroy();
        await untilClosed(socket);
      }
      twin.server.openGate();
      await until(() => twin.server.bought.length === 3);
      await until(() => twin.lines.length === 3);
      expect(twin.lines).toHaveLength(3);
    }
  });

  it('is taken by what is known, and by nothing where a plugin is to see it', async () => {
    const schema = buildSchema(
      'type Query { throughYoga: Boolean } type Mutation { throughYoga: Boolean }',
    );
    for (const type of [schema.getQueryType(), schema.getMutationType()]) {
      const field = type?.getFields()['throughYoga'];
      if (field === undefined) throw new Error('No field');
      field.resolve = (_source, _args, context: object) => 'request' in context;
    }
    const told = async (asked: object, plugins: readonly object[]): Promise<boolean[]> => {
      const server = await startToyServer({
        schema,
        persisted: createPersistedOperations({ id: 'query ById { throughYoga }' }),
        plugins: plugins.map((each) => ({ ...each })),
      });
      servers.push(server);
      const answers = [];
      for (let n = 0; n < 4; n += 1) {
        const answer = await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(asked),
        });
        answers.push((await answer.json()).data.throughYoga);
      }
      return answers;
    };
    for (const asked of [
      { query: '{ throughYoga }' },
      { query: 'mutation { throughYoga }' },
      { documentId: 'id' },
      { extensions: { persistedQuery: { sha256Hash: 'id' } } },
    ]) {
      expect(await told(asked, [])).toEqual([true, false, false, false]);
      expect(await told(asked, [{ onExecute: () => {} }])).toEqual([true, true, true, true]);
    }
  });
});

function nested(levels: number): object {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}
