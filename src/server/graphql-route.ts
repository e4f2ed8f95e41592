import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { OperationTypeNode } from 'graphql';
import type { Caller } from '../graphql/context.ts';
import type { Clock } from '../runtime/clock.ts';
import { readAccept, type Accepted } from './accept.ts';
import { answerErrors, dropRest } from './answer.ts';
import { announcesMore, readBody } from './body.ts';
import { credentialsOfHeaders, hasExpired, type Authenticate } from './credentials.ts';
import type { EventStreams } from './event-streams.ts';
import type { ExplorerPage } from './explorer-page.ts';
import { answerResult } from './http-result.ts';
import type { ServerLimits } from './limits.ts';
import type { OperationRequest, Operations, Report } from './operations.ts';
import type { Origins } from './origins.ts';
import { refusal } from './refusal.ts';
import { paramsOfBody, paramsOfSearch, type BadParams } from './request-params.ts';

/** What came with a request beside itself. */
export interface RequestFacts {
  /** The query string, without its question mark. */
  readonly search: string;
  readonly report: Report;
}

/** `/graphql` over HTTP. */
export type GraphqlRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  facts: RequestFacts,
) => Promise<void>;

/**
 * GraphQL over HTTP and over SSE. A request goes through these gates, and the first that refuses answers: method, other sites,
 * media types, size, form, credentials; then the operation itself is checked, and only an operation whose answer the client can
 * take is run. Nothing but a POST of application/json can cause anything: it is the one kind that a foreign page cannot send
 * without asking first.
 *
 * Written against the specification instead of handing requests to a GraphQL server library: what remains after the gates is one
 * call of `operations`, which WebSockets and event streams share.
 */
export function createGraphqlRoute(parts: {
  readonly operations: Operations;
  readonly streams: EventStreams;
  readonly authenticate: Authenticate;
  readonly origins: Origins;
  /** Null: there is no explorer. */
  readonly explorerPage: ExplorerPage | null;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}): GraphqlRoute {
  const { operations, streams, authenticate, origins, explorerPage, clock, limits } = parts;

  const readPost = async (
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<OperationRequest | null> => {
    if (!isPlainJson(request)) {
      refuse(response, 415, 'POST bodies must be application/json in UTF-8, not encoded.', {
        accept: 'application/json',
      });
      return null;
    }
    const body = await readBody(request, limits.bodyBytes);
    if (body === 'gone') return null;
    if (body === 'too large') {
      refuse(response, 413, `The body is larger than ${limits.bodyBytes} bytes.`);
      return null;
    }
    return paramsOrRefusal(response, paramsOfBody(body));
  };

  const refuse = (
    response: ServerResponse,
    status: number,
    message: string,
    headers: OutgoingHttpHeaders = {},
  ): void => {
    answerErrors(response, status, [refusal('BAD_REQUEST', message)], headers);
    dropRest(response.req, clock, limits.lingerMs);
  };

  const paramsOrRefusal = (
    response: ServerResponse,
    params: OperationRequest | BadParams,
  ): OperationRequest | null => {
    if (!('problem' in params)) return params;
    refuse(response, 400, params.problem);
    return null;
  };

  const identify = async (
    request: IncomingMessage,
    response: ServerResponse,
    report: Report,
  ): Promise<Caller | null> => {
    let caller: Caller | null;
    try {
      caller = await authenticate(credentialsOfHeaders(request.headers));
    } catch (error) {
      report(error);
      const message = 'Credentials cannot be checked now.';
      answerErrors(response, 503, [refusal('UNAVAILABLE', message, { retryAfterSeconds: 1 })], {
        'retry-after': '1',
      });
      return null;
    }
    if (caller !== null && !hasExpired(caller, clock)) return caller;
    const message = 'Present a valid credential as Authorization: Bearer or x-api-key.';
    answerErrors(response, 401, [refusal('UNAUTHENTICATED', message)], {
      'www-authenticate': 'Bearer',
    });
    return null;
  };

  const run = async (
    response: ServerResponse,
    params: OperationRequest,
    accepted: Accepted,
    caller: Caller,
    report: Report,
  ): Promise<void> => {
    const operation = operations.prepare(params, report);
    const { method } = response.req;
    if ('errors' in operation) {
      if (accepted.json !== null) return answerResult(response, operation, accepted.json);
      return streams.answer(response, operation, caller, report);
    }
    if (operation.type === OperationTypeNode.MUTATION && method === 'GET') {
      return refuse(response, 405, 'Mutations must be sent by POST.', { allow: 'POST' });
    }
    if (operation.type === OperationTypeNode.SUBSCRIPTION) {
      if (accepted.events) return streams.answer(response, operation, caller, report);
      const ways = 'Subscriptions need Accept: text/event-stream, or a WebSocket.';
      return refuse(response, 406, ways);
    }
    if (accepted.json === null) return streams.answer(response, operation, caller, report);
    return answerResult(response, await operations.run(operation, caller, report), accepted.json);
  };

  return async (request, response, { search, report }) => {
    if (request.method !== 'GET' && request.method !== 'POST') {
      return refuse(response, 405, 'GraphQL takes GET and POST.', { allow: 'GET, POST' });
    }
    const accepted = readAccept(request.headers.accept);
    if (request.method === 'GET' && accepted.page && explorerPage !== null) {
      return explorerPage(request, response);
    }
    if (request.method === 'GET' && !origins.admitsGet(request.headers)) {
      const message = 'A GET from a page of another site is refused.';
      answerErrors(response, 403, [refusal('BAD_REQUEST', message)]);
      return undefined;
    }
    if (accepted.json === null && !accepted.events) {
      const types = 'application/graphql-response+json, application/json or text/event-stream';
      return refuse(response, 406, `Answers are ${types}.`);
    }
    const params =
      request.method === 'GET'
        ? paramsOrRefusal(response, paramsOfSearch(search))
        : await readPost(request, response);
    if (params === null) return undefined;
    const caller = await identify(request, response, report);
    if (caller === null) return undefined;
    return run(response, params, accepted, caller, report);
  };
}

/** A request that expects "100 Continue" may send its body: it would not be refused for its size or type. */
export function mayContinue(request: IncomingMessage, limits: ServerLimits): boolean {
  return isPlainJson(request) && !announcesMore(request, limits.bodyBytes);
}

function isPlainJson({ headers }: IncomingMessage): boolean {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
  return (
    encoding === 'identity' &&
    /^application\/json *(?:; *charset *= *"?utf-?8"? *)?$/i.test(type.trim())
  );
}
