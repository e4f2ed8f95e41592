import {
  failureOf,
  SubscriptionCut,
  SubscriptionRefused,
  type GatewayError,
  type Subscribe,
  type SubscriptionAnswer,
  type SubscriptionRequest,
} from './subscribe.ts';

/** What is used of a client of graphql-ws. */
export interface WebSocketClient {
  iterate<Result>(request: {
    query: string;
    variables: Record<string, unknown>;
  }): AsyncIterableIterator<SubscriptionAnswer<Result>>;
  on(event: 'message', listener: (message: { readonly type: string }) => void): () => void;
}

/** The gateway refuses the credential. */
const FORBIDDEN = 4403;

/**
 * Closes that the client brought about: another attempt would bring the same. 4004 and 4005 are graphql-ws's own, for a fault in
 * this process.
 */
const FAULTS_OF_THE_CLIENT: ReadonlySet<number> = new Set([
  1002, 1003, 1007, 1008, 1009, 1010, 4004, 4005, 4400, 4401, 4406, 4409, 4429,
]);

/**
 * Whether a client of graphql-ws should connect again, for its option of that name: after everything but what this client brought
 * about itself, which another attempt would bring again. Without it a connection that cannot be opened is given up at once.
 */
export function shouldRetry(event: unknown): boolean {
  return !(isClose(event) && FAULTS_OF_THE_CLIENT.has(event.code));
}

/**
 * Subscribes through a client of graphql-ws, which may be shared with others. Give it `retryAttempts: 0` where nothing else needs its
 * own retries: they would come before the watch's.
 */
export function overWebSocket(client: WebSocketClient): Subscribe {
  return async function* subscribe<Result>(
    { query, variables }: SubscriptionRequest,
    signal: AbortSignal,
  ) {
    // The client also ends its subscriptions as if they were complete when it is disposed of.
    let isComplete = false;
    const forget = client.on('message', ({ type }) => {
      if (type === 'complete') isComplete = true;
    });
    const events = client.iterate<Result>({ query, variables });
    const leave = (): void => void events.return?.();
    signal.addEventListener('abort', leave);
    try {
      if (signal.aborted) return;
      yield* events;
      if (!isComplete && !signal.aborted) {
        throw new SubscriptionRefused('The WebSocket client was disposed of.', null);
      }
    } catch (error) {
      throw problemOf(error);
    } finally {
      forget();
      signal.removeEventListener('abort', leave);
      leave();
    }
  };
}

/** What the client throws is one of three: the gateway's errors, how the socket ended, or what kept it from opening. */
function problemOf(problem: unknown): unknown {
  if (problem instanceof SubscriptionRefused) return problem;
  if (isErrorList(problem)) return failureOf(problem);
  if (!isClose(problem)) return new SubscriptionCut('No WebSocket opened.', { cause: problem });
  const message = `The WebSocket was closed: ${problem.code} ${problem.reason}`.trimEnd();
  return FAULTS_OF_THE_CLIENT.has(problem.code)
    ? new SubscriptionRefused(message, null, problem)
    : new SubscriptionCut(message, { isDenial: problem.code === FORBIDDEN, cause: problem });
}

function isErrorList(problem: unknown): problem is readonly GatewayError[] {
  return Array.isArray(problem);
}

function isClose(event: unknown): event is { readonly code: number; readonly reason: string } {
  return typeof event === 'object' && event !== null && 'code' in event && 'reason' in event;
}
