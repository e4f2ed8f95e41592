import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { codeOf, post, send } from '../support/gateway/calling.ts';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Gateway,
} from '../support/gateway/gateway.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { envFor } from '../support/gateway/stories.ts';

const MUTATION =
  'mutation { submitAnalysis(input: { videoUrl: "https://example.com/v.mp4" }) { __typename } }';
const JSON_BODY = JSON.stringify({ query: MUTATION });
const SEARCH = new URLSearchParams({ query: MUTATION }).toString();

let upstream: ScriptedUpstream;
let gateway: Gateway;

// As it starts with nothing but an account: on loopback, no credentials, so that any page in a browser here may try.
beforeAll(async () => {
  ({ upstream, gateway } = await startWithUpstream());
});
afterAll(stopGateways);

interface Shape {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const shapes: readonly [string, Shape][] = [
  ['a link or an image', { path: `/graphql?${SEARCH}` }],
  [
    'a link that wants events',
    { path: `/graphql?${SEARCH}`, headers: { accept: 'text/event-stream' } },
  ],
  [
    'a link that wants a page',
    { path: `/graphql?${SEARCH}&explorer=1`, headers: { accept: '*/*' } },
  ],
  ['a form in the address of a POST', { method: 'POST', path: `/graphql?${SEARCH}` }],
  [
    'a form',
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: SEARCH,
    },
  ],
  [
    'a form with a file',
    {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON_BODY}\r\n--x\r\ncontent-disposition: form-data; name="map"\r\n\r\n{}\r\n--x--\r\n`,
    },
  ],
  [
    'a form of plain text',
    { method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON_BODY },
  ],
  [
    'plain text that says it is JSON',
    {
      method: 'POST',
      headers: { 'content-type': 'text/plain; application/json' },
      body: JSON_BODY,
    },
  ],
  ['a beacon without a type', { method: 'POST', body: JSON_BODY }],
  [
    'GraphQL as such',
    { method: 'POST', headers: { 'content-type': 'application/graphql' }, body: MUTATION },
  ],
  [
    'JSON from a page of another site',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
      body: JSON_BODY,
    },
  ],
  [
    'JSON from a page without an origin (a sandboxed frame, a file)',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'null' },
      body: JSON_BODY,
    },
  ],
  [
    'JSON from another port of this machine',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://127.0.0.1:1' },
      body: JSON_BODY,
    },
  ],
  [
    'JSON under a name that resolves to this machine now (DNS rebinding)',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', host: 'evil.example' },
      body: JSON_BODY,
    },
  ],
  [
    'a method in a header',
    { path: `/graphql?${SEARCH}`, headers: { 'x-http-method-override': 'POST' } },
  ],
  ['HEAD', { method: 'HEAD', path: `/graphql?${SEARCH}` }],
  [
    'PUT of JSON',
    { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON_BODY },
  ],
];

describe('nothing is submitted by', () => {
  it.each(shapes)('%s', async (_what, { path = '/graphql', ...request }) => {
    const { status, headers } = await send(`${gateway.url}${path}`, request);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(upstream.requestsTo('analyze')).toEqual([]);
  });

  it('a WebSocket of a page of another site', async () => {
    const attempts = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { host: 'evil.example' },
    ];
    for (const headers of attempts) {
      const webSocket = new WebSocket(
        `${gateway.url.replace('http', 'ws')}/graphql`,
        'graphql-transport-ws',
        { headers },
      );
      const status = await new Promise((resolve) => {
        webSocket.on('unexpected-response', (request, response) => {
          request.destroy();
          resolve(response.statusCode);
        });
        webSocket.on('open', () => resolve('open'));
        webSocket.on('error', () => {});
      });
      expect(status).toBe(403);
    }
  });

  it('a page that asks first', async () => {
    const { status, headers } = await send(`${gateway.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(status).toBe(405);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('but by', () => {
  it('a program, and by a page of the gateway itself', async () => {
    await post(gateway.url, { query: MUTATION });
    expect(upstream.requestsTo('analyze')).toHaveLength(1);
    await post(
      gateway.url,
      { query: MUTATION },
      { origin: gateway.url, 'sec-fetch-site': 'same-origin' },
    );
    expect(upstream.requestsTo('analyze')).toHaveLength(2);
  });

  it('a page of an allowed origin, and still by no other', async () => {
    const allowed = await startGateway({
      env: { ...envFor(upstream), ALLOWED_ORIGINS: 'https://app.example' },
    });
    const before = upstream.requestsTo('analyze').length;
    const origin = 'https://app.example';
    const answer = await post(allowed.url, { query: MUTATION }, { origin });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, origin]);
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    const refused = await post(allowed.url, { query: MUTATION }, { origin: `${origin}.evil` });
    expect([refused.status, codeOf(refused)]).toEqual([403, 'BAD_REQUEST']);
    expect(upstream.requestsTo('analyze')).toHaveLength(before + 1);
  });
});
