import type { Dispatcher } from 'undici';
import type { Clock } from '../../runtime/clock.ts';
import type { ForwardProxy } from '../../runtime/network/connections.ts';
import {
  createAnswerCollector,
  describeNetworkError,
  toDispatch,
  type HttpOutcome,
  type HttpRequest,
} from '../http.ts';

/** Pooled keep-alive connections to one origin, for requests that may be repeated. */
export interface HttpPool {
  /**
   * Sends the request once and waits for its whole answer, `timeoutMs` at most, queueing and
   * connecting included. Never throws.
   */
  exchange(request: HttpRequest, timeoutMs: number): Promise<HttpOutcome>;
  /**
   * Refuses new requests, and resolves when the running ones have ended and their connections are
   * closed.
   */
  close(): Promise<void>;
}

export interface HttpPoolOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Null: there is none. */
  readonly proxy: ForwardProxy | null;
  /** How long a connection may take to be made, TLS included. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
}

/**
 * More than an account's read budget (20 a second) needs while AKOOL answers within 3 s; beyond it,
 * reads queue.
 */
const MOST_CONNECTIONS = 64;

/** A pool; it connects when first used. */
export function createHttpPool({
  origin,
  proxy,
  connectTimeoutMs,
  clock,
}: HttpPoolOptions): HttpPool {
  let opening: Promise<Dispatcher> | null = null;
  // What makes connections is loaded by the first request: no start has to wait for it.
  const open = (): Promise<Dispatcher> =>
    (opening ??= import('../../runtime/network/connections.ts').then(({ createConnections }) =>
      createConnections({ origin, proxy, connectTimeoutMs }, MOST_CONNECTIONS),
    ));
  let closing: Promise<void> | null = null;
  return {
    exchange: async (request, timeoutMs) =>
      exchange(await open(), toDispatch(origin, request), timeoutMs, clock),
    close: () => (closing ??= open().then((pool) => pool.close())),
  };
}

function exchange(
  pool: Dispatcher,
  request: Dispatcher.DispatchOptions,
  timeoutMs: number,
  clock: Clock,
): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    const answer = createAnswerCollector();
    let running: Dispatcher.DispatchController | null = null;
    let timedOut = false;
    const lost = (reason: string): void =>
      resolve({ kind: 'lost', sent: running !== null, reason });
    const cancelDeadline = clock.after(timeoutMs, () => {
      timedOut = true;
      // Settled here too: a request still in the queue cannot be aborted, and gets no event until
      // its turn comes.
      lost('timed out');
      running?.abort(new Error('timed out'));
    });

    pool.dispatch(request, {
      onRequestStart(controller) {
        if (timedOut) controller.abort(new Error('timed out in the queue'));
        else running = controller;
      },
      onResponseStart: (_controller, status, headers) => answer.begin(status, headers),
      onResponseData(controller, chunk) {
        if (!answer.push(chunk)) controller.abort(new Error('body too large'));
      },
      onResponseEnd() {
        cancelDeadline();
        resolve(answer.finish());
      },
      onResponseError(_controller, error) {
        cancelDeadline();
        if (answer.overflowed) resolve(answer.finish());
        else
          lost(describeNetworkError(running === null ? 'no connection' : 'connection lost', error));
      },
    });
  });
}
