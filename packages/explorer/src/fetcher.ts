import { createClient, type RequestParams } from 'graphql-sse';
import type { GraphiQLProps } from 'graphiql';
import {
  getOperationAST,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
} from 'graphql';
import { createEventLog } from './event-log.ts';

/** What GraphiQL asks with. */
export type Fetcher = GraphiQLProps['fetcher'];

type Operation = Parameters<Fetcher>[0];
type Subscription = Extract<Awaited<ReturnType<Fetcher>>, { subscribe: unknown }>;

interface Observer {
  next(result: ExecutionResult): void;
  error(error: unknown): void;
  complete(): void;
}
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
      ? subscribe(endpoint, operation, headers, onResult)
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

/** Not an async generator: one that waits for an event could not be stopped before it has come. */
function subscribe(
  endpoint: string,
  operation: Operation,
  headers: Headers,
  onResult: OnResult,
): Subscription {
  const logged = createEventLog();
  return {
    subscribe(observer) {
      if (typeof observer !== 'object') throw new TypeError('GraphiQL gives an observer.');
      const client = createClient({ url: endpoint, headers, retryAttempts: 0 });
      const unsubscribe = client.subscribe(asRequest(operation), {
        next(result) {
          onResult(result, headers);
          observer.next(logged(result));
        },
        complete: () => observer.complete(),
        error: (error) => void explain(error, observer),
      });
      return { unsubscribe };
    },
  };
}

/** What the gateway refuses it explains in the body. */
async function explain(error: unknown, observer: Observer): Promise<void> {
  try {
    observer.next(await refusalOf(error));
    observer.complete();
  } catch (unexplained) {
    observer.error(unexplained);
  }
}

function asRequest({ query, variables, operationName }: Operation): RequestParams {
  return { query, variables, ...(operationName && { operationName }) };
}

async function refusalOf(error: unknown): Promise<ExecutionResult> {
  const response = error instanceof Error && 'response' in error ? error.response : null;
  if (!(response instanceof Response) || response.bodyUsed) throw error;
  return response.json();
}

function isSubscription(document: DocumentNode | undefined, name?: string | null): boolean {
  if (document === undefined) return false;
  return getOperationAST(document, name)?.operation === OperationTypeNode.SUBSCRIPTION;
}
