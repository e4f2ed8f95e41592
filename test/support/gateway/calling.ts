import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Answer } from './gateway.ts';

/** A caller's credential, as headers or as a `connection_init` payload. */
export type Credential = Readonly<Record<string, string>>;

/** An answer over HTTP, byte for byte. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Any request, on a connection of its own; the whole answer. */
export async function send(
  url: string,
  options: { method?: string; headers?: Credential; body?: string } = {},
): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body } = options;
  const request = httpRequest(url, { method, headers, agent: false });
  request.end(body);
  const [response] = await once(request, 'response');
  // A sender that is refused may find the connection closed while it still sends.
  request.on('error', () => undefined);
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, text };
}

/** POSTs an operation, or whatever else a body may be, to /graphql. */
export function post(url: string, body: object, headers: Credential = {}): Promise<HttpAnswer> {
  return send(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** POSTs an operation; what it was answered with. */
export async function ask(
  url: string,
  credential: Credential,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Answer> {
  const { text } = await post(url, { query, variables }, credential);
  const answer: Answer = JSON.parse(text);
  return answer;
}

/** A WebSocket client that never comes back by itself. */
export function socketOf(url: string, credential: Credential): Client {
  return createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: credential,
    retryAttempts: 0,
    lazy: true,
  });
}

/** The code of the first error. */
export function codeOf({ text }: HttpAnswer): unknown {
  const { errors }: Answer = JSON.parse(text);
  return errors?.[0]?.extensions['code'];
}
