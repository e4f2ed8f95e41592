import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startToyServer, type ToyServer } from './support/toy-server.ts';

describe('GraphQL over HTTP', () => {
  let server: ToyServer;
  beforeAll(async () => {
    server = await startToyServer();
  });
  afterAll(() => server.close());

  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  it('passes all 61 audits of graphql-http', async () => {
    const results = await auditServer({ url: `${server.url}/graphql` });
    const failed = results.filter((result) => result.status !== 'ok');
    for (const result of results) if ('response' in result) await result.response.body?.cancel();
    expect(failed.map(({ id, name }) => `${id} ${name}`)).toEqual([]);
    expect(results).toHaveLength(61);
  });

  it('ignores request keys that the specification does not know, as its draft asks', async () => {
    const answer = await post({ query: '{ hello }', surprise: 1, read: 1, stream: {} });
    expect([answer.status, await answer.json()]).toEqual([200, { data: { hello: 'world' } }]);
  });

  it('gives a document mistake 400 in the new media type and 200 in the old one', async () => {
    const status = async (accept: string) => (await post({ query: '{ nope }' }, { accept })).status;
    expect(await status('application/graphql-response+json')).toBe(400);
    expect(await status('application/json')).toBe(200);
    expect(await status('application/json;q=0.5, application/graphql-response+json')).toBe(400);
  });

  it('keeps data beside an error, with its code and path', async () => {
    const answer = await post(
      { query: '{ hello missing }' },
      { accept: 'application/graphql-response+json' },
    );
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      data: { hello: 'world', missing: null },
      errors: [{ path: ['missing'], extensions: { code: 'NOT_FOUND' } }],
    });
  });

  it('masks the unexpected and logs it under the request id of the answer', async () => {
    const answer = await post({ query: '{ boom }' });
    const text = await answer.text();
    expect(text).not.toContain('the-secret-inside');
    const [error] = JSON.parse(text).errors;
    expect(error.extensions).toEqual({
      code: 'INTERNAL',
      requestId: answer.headers.get('x-request-id'),
    });
    expect(server.errors.map(({ fields }) => fields['requestId'])).toContain(
      error.extensions.requestId,
    );
  });

  it.each([
    ['GRAPHQL_PARSE_FAILED', { query: '{ canary-4711 ' }],
    ['GRAPHQL_VALIDATION_FAILED', { query: '{ nope }' }],
    ['OPERATION_RESOLUTION_FAILURE', { query: '{ hello }', operationName: 'Other' }],
    ['INVALID_INPUT', { query: 'query A($t: String!) { echo(text: $t) }', variables: {} }],
    ['INVALID_INPUT', { query: '{ hello }', variables: nested(40) }],
  ])('answers %s', async (code, body) => {
    const answer = await post(body);
    const text = await answer.text();
    expect(JSON.parse(text).errors[0].extensions).toEqual({ code });
    expect(text).not.toContain('canary-4711');
  });

  it('asks for a name where a document has several operations', async () => {
    const messageOf = async (body: object): Promise<string> =>
      JSON.parse(await (await post(body)).text()).errors[0].message;
    const query = 'query A { __typename } query B { __typename }';
    expect(await messageOf({ query })).toBe(
      'The document has several operations: name one in operationName.',
    );
    expect(await messageOf({ query, operationName: 'C' })).toBe(
      'The document has no such operation.',
    );
  });

  it('never runs what it could not answer', async () => {
    const answer = await post({ query: 'mutation { buy }' }, { accept: 'text/plain' });
    expect(answer.status).toBe(406);
    const subscription = await post({ query: 'subscription { feed }' });
    expect(subscription.status).toBe(406);
    expect(server.bought).toEqual([]);
  });

  it('answers HTTP methods it does not know with 405 and Allow', async () => {
    const put = await fetch(`${server.url}/graphql`, { method: 'PUT', body: '{}' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST']);
    const search = new URLSearchParams({ query: 'mutation { buy }' });
    const get = await fetch(`${server.url}/graphql?${search}`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    expect(server.bought).toEqual([]);
  });
});

function nested(levels: number): object {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}
