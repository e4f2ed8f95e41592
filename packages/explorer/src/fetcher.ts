import { createClient, type RequestParams } from 'graphql-sse';
import type { GraphiQLProps } from 'graphiql';
import {
  getOperationAST,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
} from 'graphql';
import { eventLog } from './event-log.ts';

/** What GraphiQL asks with. */
export type Fetcher = GraphiQLProps['fetcher'];

type Operation = Parameters<Fetcher>[0];
type Headers = Readonly<Record<string, string>>;

/** Hears of every answer, with the headers that it was asked for with. */
export type OnResult = (result: unknown, headers: Headers) => void;

/**
 * Queries and mutations by POST, subscriptions over server-sent events: there what is typed into the headers pane reaches the
 * gateway, which a browser's WebSocket would not let it. A subscription is asked for once; GraphiQL's button asks for it again.
 */
export function createFetcher(endpoint: string, onResult: OnResult): Fetcher {
  return (operation, options) => {
    const headers: Headers = options?.headers ?? {};
    return isSubscription(options?.documentAST, operation.operationName)
      ? eventLog(subscribe(endpoint, operation, headers, onResult))
      : post(endpoint, operation, headers, onResult);
  };
}

async function post(
  endpoint: string,
  operation: Operation,
  headers: Headers,
  onResult: OnResult,
): Promise<ExecutionResult> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      ...headers,
    },
    body: JSON.stringify(operation),
  });
  const result: ExecutionResult = await response.json();
  onResult(result, headers);
  return result;
}

async function* subscribe(
  endpoint: string,
  operation: Operation,
  headers: Headers,
  onResult: OnResult,
): AsyncGenerator {
  const client = createClient({ url: endpoint, headers, retryAttempts: 0 });
  try {
    for await (const result of client.iterate(asRequest(operation))) {
      onResult(result, headers);
      yield result;
    }
  } catch (error) {
    // What the gateway refuses it explains in the body.
    yield await refusalOf(error);
  } finally {
    client.dispose();
  }
}

function asRequest({ query, variables, operationName }: Operation): RequestParams {
  return { query, variables, ...(operationName && { operationName }) };
}

async function refusalOf(error: unknown): Promise<unknown> {
  const response = error instanceof Error && 'response' in error ? error.response : null;
  if (!(response instanceof Response) || response.bodyUsed) throw error;
  return response.json();
}

function isSubscription(document: DocumentNode | undefined, name?: string | null): boolean {
  if (document === undefined) return false;
  return getOperationAST(document, name)?.operation === OperationTypeNode.SUBSCRIPTION;
}
