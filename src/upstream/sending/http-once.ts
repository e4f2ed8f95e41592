import type { Dispatcher } from 'undici';
import type { Clock } from '../../runtime/clock.ts';
import type { ConnectionOptions, createConnections } from '../http/connections.ts';
import {
  createAnswerCollector,
  describeNetworkError,
  toDispatch,
  type HttpOutcome,
  type HttpRequest,
} from '../http/http.ts';

/** How long each part of a send may take, in milliseconds. */
export interface SendOptions {
  /** Until the connection stands, TLS included. */
  readonly connectTimeoutMs: number;
  /** From the first byte sent to the last byte received. */
  readonly answerTimeoutMs: number;
  /** Not a byte is sent after this instant, by `clock`. */
  readonly startBy: number;
  readonly clock: Clock;
}

/** Sends a request that costs money: at most once, over a connection of its own. Never throws. */
export type SendOnce = (request: HttpRequest, options: SendOptions) => Promise<HttpOutcome>;

/** A way to send to one origin, each time over a connection of its own. */
export function createSendOnce({
  origin,
  proxy,
}: Pick<ConnectionOptions, 'origin' | 'proxy'>): SendOnce {
  let loading: Promise<{ readonly createConnections: typeof createConnections }> | null = null;
  return async (request, options) => {
    // Loaded by the first who sends, so that no start has to wait for it; and once, since each
    // import asks whatever hooks into a process's modules.
    const connections = await (loading ??= import('../http/connections.ts'));
    const { connectTimeoutMs } = options;
    const client = connections.createConnections({ origin, proxy, most: 1, connectTimeoutMs });
    return exchangeOnce(client, toDispatch(origin, request), options).finally(() => {
      void client.destroy();
    });
  };
}

/**
 * What proves that nothing was sent is one event alone: undici calls `onRequestStart` once per
 * write, right before it. An outcome without that event is `sent: false`. Error codes prove
 * nothing: a reset looks the same on both sides of a write. So the deadlines only abort, and the
 * outcome is decided where undici reports the end, with the event counted by then.
 *
 * That holds behind a forward proxy, too: the request is written into a tunnel, once that stands.
 *
 * undici may write a request again after it took a connection for stale; the second
 * `onRequestStart` is therefore aborted.
 */
function exchangeOnce(
  client: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { connectTimeoutMs, answerTimeoutMs, startBy, clock }: SendOptions,
): Promise<HttpOutcome> {
  return new Promise<HttpOutcome>((resolve) => {
    const answer = createAnswerCollector();
    let started: Dispatcher.DispatchController | null = null;
    let expired = false;
    // undici's own connect timeout frees the socket but is coarse; this one also ends a connection
    // that is made again and again.
    let cancelDeadline = clock.after(connectTimeoutMs, () => {
      expired = true;
      void client.destroy(new Error('timed out'));
    });

    client.dispatch(
      { ...request, reset: true, blocking: true, idempotent: false },
      {
        onRequestStart(controller) {
          if (started !== null) {
            controller.abort(new Error('undici tried to send twice'));
            return;
          }
          // The last moment at which this can be known: the write comes next.
          if (clock.now() > startBy) {
            controller.abort(new Error('too late to send'));
            return;
          }
          started = controller;
          cancelDeadline();
          cancelDeadline = clock.after(answerTimeoutMs, () => {
            expired = true;
            controller.abort(new Error('timed out'));
          });
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
          if (answer.overflowed) {
            resolve(answer.finish());
            return;
          }
          const sent = started !== null;
          const phrase = sent ? 'connection lost' : 'no connection';
          const reason = expired ? 'timed out' : describeNetworkError(phrase, error);
          resolve({ kind: 'lost', sent, reason });
        },
      },
    );
  });
}
