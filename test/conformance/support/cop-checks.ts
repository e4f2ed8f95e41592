/*
 * The checks of the security auditor graphql-cop, written anew from its source: what each sends, and which answer it calls a
 * finding. It takes any answer that is no JSON for an empty one.
 */

/** One check: true is a finding. */
export type CopCheck = (url: string, headers: Readonly<Record<string, string>>) => Promise<boolean>;

/** An answer as Python's `dict` would have it. */
// oxlint-disable-next-line typescript/no-explicit-any -- checks look at answers of any shape
type Json = any;

const AGENT_HEADERS = { 'user-agent': 'graphql-cop' };

async function query(url: string, headers: object, body: unknown): Promise<Json> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...AGENT_HEADERS, ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json().catch(() => ({}));
}

async function request(
  url: string,
  headers: object,
  method = 'GET',
  params: Record<string, string> = {},
): Promise<string> {
  const search = new URLSearchParams(params);
  const response = await fetch(search.size > 0 ? `${url}?${search}` : url, {
    method,
    headers: { ...AGENT_HEADERS, accept: '*/*', ...headers },
  });
  return response.text();
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const hasTypename = (text: string): boolean => Boolean(parse(text)?.data?.__typename);

/** All twelve, by graphql-cop's own titles. */
export const copChecks: Readonly<Record<string, CopCheck>> = {
  'Field Suggestions': async (url, headers) => {
    const answer = await query(url, headers, { query: 'query { __schema { directive } }' });
    return String(answer.errors?.[0]?.message).includes('Did you mean');
  },
  Introspection: async (url, headers) => {
    const source = 'query { __schema { types { name fields { name } } } }';
    return Boolean((await query(url, headers, { query: source })).data?.__schema?.types);
  },
  'GraphQL IDE': async (url, headers) => {
    const words = ['graphiql.min.css', 'GraphQL Playground', 'GraphiQL', 'graphql-playground'];
    for (const path of ['/graphiql', '/playground', '/console', '/graphql']) {
      for (const accept of ['*/*', 'text/html']) {
        const text = await request(new URL(path, url).href, { ...headers, accept });
        if (words.some((word) => text.includes(word))) return true;
      }
    }
    return false;
  },
  'GET Method Query Support': async (url, headers) =>
    hasTypename(await request(url, headers, 'GET', { query: '{__typename}' })),
  'Alias Overloading': async (url, headers) => {
    const aliases = Array.from({ length: 101 }, (_, n) => `alias${n}:__typename \n`).join('');
    return Boolean((await query(url, headers, { query: `query { ${aliases} }` })).data?.alias100);
  },
  'Array-based Query Batching': async (url, headers) => {
    const one = { query: 'query { __typename }' };
    const answer = await query(
      url,
      headers,
      Array.from({ length: 11 }, () => one),
    );
    return Array.isArray(answer) && answer.length >= 10;
  },
  'Trace Mode': async (url, headers) => {
    const answer = await query(url, headers, { query: 'query { __typename }' });
    const { tracing, exception } = answer.errors?.extensions ?? {};
    return (
      Boolean(tracing ?? exception) || JSON.stringify(answer).toLowerCase().includes('stacktrace')
    );
  },
  'Directive Overloading': async (url, headers) => {
    const source = `query { __typename ${'@aa'.repeat(10)} }`;
    return (await query(url, headers, { query: source })).errors?.length === 10;
  },
  'Introspection-based Circular Query': async (url, headers) => {
    const source =
      'query { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }';
    return (await query(url, headers, { query: source })).data?.__schema?.types?.length > 25;
  },
  'Mutation is allowed over GET': async (url, headers) =>
    hasTypename(await request(url, headers, 'GET', { query: 'mutation {__typename}' })),
  'POST based url-encoded query': async (url, headers) => {
    const search = await request(url, headers, 'POST', { query: 'query {__typename}' });
    const form = await fetch(url, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ query: 'query {__typename}' }),
    });
    return hasTypename(search) || hasTypename(await form.text());
  },
  'Unhandled Errors Detection': async (url, headers) => {
    const answer = await query(url, headers, { query: 'qwerty cop { abc }' });
    return Boolean(answer.errors?.[0]?.extensions?.exception);
  },
};
