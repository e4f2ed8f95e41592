import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { OperationTypeNode } from 'graphql';
import type { Caller } from '../../domain/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import { readAccept, type Accepted } from './accept.ts';
import { answerErrors, dropRest } from './respond.ts';
import { announcesMore, readBody } from './body.ts';
import { credentialsOfHeaders, identify, type Authenticate } from '../../auth/credentials.ts';
import type { EventStreams } from '../fanout/event-streams.ts';
import type { ExplorerPage } from '../explorer/explorer-page.ts';
import { answerResult } from './http-result.ts';
import type { ServerLimits } from '../limits.ts';
import type { Operation, OperationRequest, Refused } from '../operations/operation-types.ts';
import type { Operations } from '../operations/executor.ts';
import type { Origins } from './origins.ts';
import { refusal } from '../operations/client-error.ts';
import { paramsOfBody, paramsOfSearch, type BadParams } from './request-params.ts';
import type { Trace } from '../../log/trace.ts';

/** What came with a request beside itself. */
export interface RequestFacts {
  /** The query string, without its question mark. */
  readonly search: string;
  readonly trace: Trace;
}

/** `/graphql` over HTTP. */
export type GraphqlRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  facts: RequestFacts,
) => Promise<void>;

/**
 * GraphQL over HTTP and over SSE. A request goes through these gates, and the first that refuses answers: method, other sites,
 * media types, credentials, size, form; then the operation itself is checked, and only an operation whose answer the client can
 * take is run. Nothing of a stranger's body is read. Nothing but a POST of application/json can cause anything: it is the one
 * kind that a foreign page cannot send without asking first.
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
  const { operations, streams, origins, explorerPage, clock, limits } = parts;

  const readPost = async (
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<OperationRequest | null> => {
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

  const admit = async (
    request: IncomingMessage,
    response: ServerResponse,
    trace: Trace,
  ): Promise<Caller | null> => {
    const caller = await identify(credentialsOfHeaders(request.headers), parts, trace);
    if (caller === null) {
      const message = 'Present a valid credential as Authorization: Bearer or x-api-key.';
      answerErrors(response, 401, [refusal('UNAUTHENTICATED', message)], {
        'www-authenticate': 'Bearer',
      });
    } else if (caller === 'cannot tell') {
      const message = 'Credentials cannot be checked now.';
      answerErrors(response, 503, [refusal('UNAVAILABLE', message, { retryAfterSeconds: 1 })], {
        'retry-after': '1',
      });
    } else {
      return caller;
    }
    dropRest(request, clock, limits.lingerMs);
    return null;
  };

  const run = async (
    response: ServerResponse,
    operation: Operation | Refused,
    accepted: Accepted,
    caller: Caller,
    trace: Trace,
  ): Promise<void> => {
    if ('errors' in operation) {
      // A stream has no status and no Retry-After, and a client that is to wait needs both.
      if (accepted.json === null && !hasToWait(operation)) {
        return streams.answer(response, operation, caller, trace);
      }
      return answerResult(response, operation, accepted.json ?? 'application/json');
    }
    if (operation.type === OperationTypeNode.MUTATION && response.req.method === 'GET') {
      return refuse(response, 405, 'Mutations must be sent by POST.', { allow: 'POST' });
    }
    if (operation.type === OperationTypeNode.SUBSCRIPTION) {
      if (accepted.events) return streams.answer(response, operation, caller, trace);
      const ways = 'Subscriptions need Accept: text/event-stream, or a WebSocket.';
      return refuse(response, 406, ways);
    }
    if (accepted.json === null) return streams.answer(response, operation, caller, trace);
    return answerResult(response, await operations.run(operation, caller, trace), accepted.json);
  };

  return async (request, response, { search, trace }) => {
    const isGet = request.method === 'GET';
    if (!isGet && request.method !== 'POST') {
      return refuse(response, 405, 'GraphQL takes GET and POST.', { allow: 'GET, POST' });
    }
    const accepted = readAccept(request.headers.accept);
    if (isGet && accepted.page && explorerPage !== null) return explorerPage(request, response);
    const { headers } = request;
    if (!(isGet ? origins.admitsGet(headers) : origins.admits(headers))) {
      return refuse(response, 403, 'A request from a page of another site is refused.');
    }
    if (accepted.json === null && !accepted.events) {
      const types = 'application/graphql-response+json, application/json or text/event-stream';
      return refuse(response, 406, `Answers are ${types}.`);
    }
    if (!isGet && !isPlainJson(request)) {
      const message = 'POST bodies must be application/json in UTF-8, not encoded.';
      return refuse(response, 415, message, { accept: 'application/json' });
    }
    const caller = await admit(request, response, trace);
    if (caller === null) return undefined;
    const params = isGet
      ? paramsOrRefusal(response, paramsOfSearch(search))
      : await readPost(request, response);
    if (params === null) return undefined;
    return run(response, operations.prepare(params, caller, trace), accepted, caller, trace);
  };
}

/** Whether it is refused for now only. */
function hasToWait({ errors }: Refused): boolean {
  return errors[0]?.extensions?.['retryAfterSeconds'] !== undefined;
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
