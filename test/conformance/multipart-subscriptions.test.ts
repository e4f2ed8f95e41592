import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { CombinedGraphQLErrors, CombinedProtocolErrors } from '@apollo/client/errors';
import { print } from 'graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';
import { until } from '../support/processes/until.ts';
import { startToyServer, toyAuthenticate, type ToyServer } from './support/toy-server.ts';

const WATCH = 'subscription ($id: ID!) { job(id: $id) { id version final __typename } }';
const ACCEPT = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json';

interface Heard {
  readonly versions: unknown[];
  readonly errors: unknown[];
  over: boolean;
  stop(): void;
}

describe("subscriptions as Apollo Client's HttpLink reads them", () => {
  let server: ToyServer;
  let clock: ManualClock;
  let expiresAt: number | null;
  beforeEach(async () => {
    clock = createManualClock();
    expiresAt = null;
    server = await startToyServer({
      clock,
      limits: { connectionsPerTeam: 2 },
      authenticate: toyAuthenticate(() => expiresAt),
    });
  });
  afterEach(() => server.close());

  /** What the client hears, with nothing but HttpLink. */
  const subscribe = (query: string, variables: Record<string, unknown> = {}): Heard => {
    const link = new HttpLink({ uri: `${server.url}/graphql` });
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    const subscription = client
      .subscribe<{ job: { version: number } }>({
        query: gql(query),
        variables,
        fetchPolicy: 'no-cache',
      })
      .subscribe({
        next({ data, error }) {
          if (error) heard.errors.push(error);
          else heard.versions.push(data?.job.version);
        },
        error: (error) => heard.errors.push(error),
        complete: () => (heard.over = true),
      });
    const heard: Heard = {
      versions: [],
      errors: [],
      over: false,
      stop: () => subscription.unsubscribe(),
    };
    return heard;
  };
  const open = (query: string, accept = ACCEPT, variables?: object): Promise<Response> =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query, variables }),
    });

  it('brings each event when it happens, to the end', async () => {
    server.jobs.set('a');
    const heard = subscribe(WATCH, { id: 'a' });
    for (const versions of [[1], [1, 2], [1, 2, 3]]) {
      await until(() => heard.versions.length === versions.length);
      expect(heard.versions).toEqual(versions);
      server.jobs.set('a', { final: versions.length === 2 });
    }
    await until(() => heard.over);
    expect(heard).toMatchObject({ versions: [1, 2, 3], errors: [] });
    expect(server.jobs.watching).toBe(0);
  });

  it('shares one stream with server-sent events, and lets go of it when it is left', async () => {
    server.jobs.set('a');
    const heard = subscribe(WATCH, { id: 'a' });
    await until(() => heard.versions.length === 1);
    // HttpLink prints the document in its own way.
    const sse = await open(print(gql(WATCH)), 'text/event-stream', { id: 'a' });
    server.jobs.set('a', { final: true });
    expect(await sse.text()).toContain('"version":2');
    await until(() => heard.over);
    expect(heard.versions).toEqual([1, 2]);
    expect(server.jobs.opened).toBe(1);

    server.jobs.set('b');
    const left = subscribe(WATCH, { id: 'b' });
    await until(() => left.versions.length === 1);
    left.stop();
    await until(() => server.jobs.watching === 0);
  });

  it('tells what GraphQL answers as an error of the result', async () => {
    const heard = subscribe(WATCH, { id: 'nobody' });
    await until(() => heard.over);
    expect(heard.versions).toEqual([]);
    expect(heard.errors).toEqual([expect.any(CombinedGraphQLErrors)]);
    expect(heard.errors[0]).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });

  it('tells a drain as an error of the connection, which a RetryLink takes for one', async () => {
    server.jobs.set('a');
    const heard = subscribe(WATCH, { id: 'a' });
    await until(() => heard.versions.length === 1);
    const drained = server.drain();
    await until(() => heard.errors.length === 1);
    expect(heard.errors).toEqual([expect.any(CombinedProtocolErrors)]);
    expect(heard.errors[0]).toMatchObject({
      errors: [{ extensions: { code: 'UNAVAILABLE', retryAfterSeconds: expect.any(Number) } }],
    });
    await drained;
    expect([server.jobs.watching, clock.timers()]).toEqual([0, 0]);
  });

  it('tells the end of a credential as an error of the connection', async () => {
    expiresAt = clock.now() + 5_000;
    server.jobs.set('a');
    const heard = subscribe(WATCH, { id: 'a' });
    await until(() => heard.versions.length === 1);
    await clock.advance(5_000);
    await until(() => heard.errors.length === 1);
    expect(heard.errors[0]).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    await until(() => server.jobs.watching === 0);
  });

  it('counts among the connections of a team', async () => {
    server.jobs.set('a');
    const first = subscribe(WATCH, { id: 'a' });
    const second = subscribe(WATCH, { id: 'a' });
    await until(() => first.versions.length === 1 && second.versions.length === 1);
    expect(server.jobs.opened).toBe(1);
    const third = subscribe(WATCH, { id: 'a' });
    await until(() => third.errors.length === 1);
    expect(third.errors[0]).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    first.stop();
    second.stop();
    await until(() => server.jobs.watching === 0);
  });

  it('writes the bytes of the protocol', async () => {
    server.jobs.set('a', { final: true, text: 'ü\r\n--graphql' });
    const response = await open('subscription { job(id: "a") { text } }');
    expect(response.headers.get('content-type')).toBe(
      'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    );
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    const head = '\r\n--graphql\r\nContent-Type: application/json\r\n\r\n';
    expect(await response.text()).toBe(
      `${head}{}${head}{"payload":{"data":{"job":{"text":"ü\\r\\n--graphql"}}}}\r\n--graphql--\r\n`,
    );
  });

  it('beats while nothing happens', async () => {
    server.jobs.set('a');
    const response = await open(WATCH, ACCEPT, { id: 'a' });
    let text = '';
    const ended = response.body
      ?.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (chunk) => void (text += chunk) }));
    await until(() => text.includes('"version":1'));
    const before = text.length;
    await clock.advance(12_000);
    await until(() => text.length > before);
    expect(text.slice(before)).toBe('\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql');
    server.jobs.set('a', { final: true });
    await ended;
  });

  it.each([
    ['multipart/mixed;subscriptionSpec=1.0', 200, 'multipart/mixed'],
    ['multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"', 200, 'multipart/mixed'],
    ['text/event-stream, multipart/mixed;subscriptionSpec=1.0', 200, 'text/event-stream'],
    ['text/event-stream;q=0.5, multipart/mixed;subscriptionSpec=1.0', 200, 'multipart/mixed'],
    ['multipart/mixed, application/json', 406, 'application/json'],
    ['multipart/mixed;subscriptionSpec=2.0, application/json', 406, 'application/json'],
    ['multipart/mixed;deferSpec=20220824, application/json', 406, 'application/json'],
  ])('answers Accept: %s with %i %s', async (accept, status, type) => {
    server.jobs.set('a', { final: true });
    const response = await open('subscription { job(id: "a") { version } }', accept);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain(type);
    await response.text();
  });

  it('answers a query as JSON, and in one part where nothing else is taken', async () => {
    const json = await open('{ hello }');
    expect(await json.json()).toEqual({ data: { hello: 'world' } });
    const parts = await open('{ hello }', 'multipart/mixed;subscriptionSpec=1.0');
    expect(await parts.text()).toBe(
      '\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{"payload":{"data":{"hello":"world"}}}\r\n--graphql--\r\n',
    );
  });
});
