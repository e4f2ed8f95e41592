import { setTimeout as wait } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { TypedDocumentString } from '../../client-operations/graphql.ts';
import { DemoError, GraphqlError } from './demo-error.ts';

/** A gateway as its callers see it. */
export interface GatewayClient {
  /** Where GraphQL is. */
  readonly endpoint: string;
  /**
   * Runs a query or mutation. Throws GraphqlError for a top-level error, DemoError when no answer
   * can be had.
   */
  ask<Result, Variables>(
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result>;
  /** For subscriptions; connects with the first one, and again when the connection breaks. */
  readonly socket: Client;
  /** Ends the socket, if there is one. Never rejects. */
  close(): Promise<void>;
}

/** A little more than the longest time for which a gateway can make a mutation wait. */
const ANSWER_WITHIN_MS = 130_000;

const ACKNOWLEDGE_WITHIN_MS = 10_000;
const RETRIES = 8;
const FIRST_RETRY_WAIT_MS = 250;
const LONGEST_RETRY_WAIT_MS = 5_000;

/** The code that sockets are closed with when the credential is not good. */
const FORBIDDEN = 4403;

/** What it takes to reach a gateway. */
export interface GatewayClientOptions {
  /** Its base URL, without `/graphql`. */
  readonly url: string;
  readonly callerKey: string | null;
  /** Ends every request. */
  readonly signal: AbortSignal;
  /** The socket broke and is about to be opened again. */
  readonly onReconnect: () => void;
}

/** A client of the gateway at `url`. Nothing is sent yet. */
export function createGatewayClient(options: GatewayClientOptions): GatewayClient {
  const { url, callerKey, signal, onReconnect } = options;
  const endpoint = `${url}/graphql`;
  const credential = callerKey === null ? {} : { 'x-api-key': callerKey };

  const socket = createClient({
    url: endpoint.replace(/^http/i, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: credential,
    connectionAckWaitTimeout: ACKNOWLEDGE_WITHIN_MS,
    retryAttempts: RETRIES,
    retryWait: (retries) => waitToRetry(retries, signal),
    // By default connections that cannot be opened are given up at once. A key that is refused once
    // stays refused.
    shouldRetry: (event) => !(isCloseEvent(event) && event.code === FORBIDDEN),
    on: { connecting: (isRetry) => isRetry && onReconnect() },
  });

  return {
    endpoint,
    socket,
    async ask(operation, variables) {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
          ...credential,
        },
        body: JSON.stringify({ query: operation.toString(), variables }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw new DemoError(`No gateway can be reached at ${endpoint}: ${reasonOf(error)}.`);
      });
      return resultOf(response, endpoint);
    },
    async close() {
      try {
        await socket.dispose();
      } catch {
        // It was about to connect and could not: there is nothing to end.
      }
    },
  };
}

async function resultOf<Result>(response: Response, endpoint: string): Promise<Result> {
  const answer: Answer<Result> | null = await response.json().catch(() => null);
  const [error] = answer?.errors ?? [];
  if (error !== undefined) throw new GraphqlError(error.message, error.extensions?.code ?? '');
  if (answer?.data == null) {
    throw new DemoError(
      `What answers at ${endpoint} (HTTP ${response.status}) is not this gateway. --url takes its base URL, as in http://127.0.0.1:4000.`,
    );
  }
  return answer.data;
}

/** An answer of GraphQL over HTTP. */
interface Answer<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly { message: string; extensions?: { code?: string } }[];
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed';
  if (error.name === 'TimeoutError') return `no answer within ${ANSWER_WITHIN_MS / 1000} s`;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'the connection failed';
}

/** Whether this is how a WebSocket ended. */
export function isCloseEvent(event: unknown): event is { code: number; reason: string } {
  return typeof event === 'object' && event !== null && 'code' in event && 'reason' in event;
}

/** Returns at once when the signal ends the demo: a wait must not keep the process. */
async function waitToRetry(retries: number, signal: AbortSignal): Promise<void> {
  const milliseconds = Math.min(LONGEST_RETRY_WAIT_MS, FIRST_RETRY_WAIT_MS * 2 ** retries);
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}
