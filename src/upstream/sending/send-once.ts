import type { Clock } from '../../runtime/clock.ts';
import type { ConnectionOptions, ForwardProxy } from '../../runtime/network/connections.ts';
import { type AccountWatch, readingOf, SIGN_IN_EXPIRED_CODE } from '../codes.ts';
import { envelopeThatCounts, judgeSubmission, type Translate } from './classify-submission.ts';
import {
  type HttpRequest,
  createAnswerCollector,
  describeNetworkError,
  toDispatch,
  type HttpOutcome,
} from '../http.ts';
import type { ObserveRequest } from '../observe-requests.ts';
import type { SignIn, SignInHeader } from '../sign-in.ts';
import type { TextCleaner } from '../redact.ts';
import {
  UpstreamError,
  type ProcessingErrorPolicy,
  type Submission,
  type SubmissionTiming,
} from '../upstream.ts';
import type { Dispatcher } from 'undici';

/**
 * Sends a submit or create, at most once and not after `startBy`, and says what became of it. Never
 * throws for anything AKOOL or the network did. `translate` turns the answer's `data` into an
 * observation, null when it has no `_id`.
 *
 * A refused token (1101) is followed by one more send with a new one. That is no resend of
 * something AKOOL may have accepted: 1101 says that it did not even look.
 */
export type Submit = <Seen>(
  request: HttpRequest,
  timing: SubmissionTiming,
  translate: Translate<Seen>,
) => Promise<Submission<Seen>>;

/** What submissions are made of. */
export interface SubmitParts {
  readonly origin: string;
  /** Null: there is none. */
  readonly proxy: ForwardProxy | null;
  /** Named where what answers there cannot be AKOOL's API. */
  readonly baseUrl: string;
  readonly processingError: ProcessingErrorPolicy;
  readonly signIn: SignIn;
  readonly text: TextCleaner;
  readonly observe: ObserveRequest;
  readonly noteCode: AccountWatch;
  readonly connectTimeoutMs: number;
  /** From the first send to the last answer, a second send included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A function that submits with these parts. */
export function createSubmit(parts: SubmitParts): Submit {
  const { origin, proxy, baseUrl, processingError, signIn, text, observe } = parts;
  const { noteCode, connectTimeoutMs, timeoutMs, clock } = parts;
  const sendOnce = createSendOnce({ origin, proxy, connectTimeoutMs });

  const send = async (request: HttpRequest, startBy: number): Promise<HttpOutcome> => {
    const header = await signIn.header();
    const deadline = clock.now() + timeoutMs;
    const sendWith = async (proof: SignInHeader, resends: number): Promise<HttpOutcome> => {
      const signed = { ...request, headers: { ...request.headers, ...proof } };
      const answerTimeoutMs = Math.max(1, deadline - clock.now());
      const limits = { connectTimeoutMs, answerTimeoutMs, startBy, clock };
      return observe(signed, resends, (told) => sendOnce(told, limits));
    };
    const answer = await sendWith(header, 0);
    if (envelopeThatCounts(answer)?.code !== SIGN_IN_EXPIRED_CODE) return answer;
    const fresh = await signIn.renewed(header);
    return fresh === null ? answer : sendWith(fresh, 1);
  };

  return async (request, { startBy }, translate) => {
    try {
      const answer = await send(request, startBy);
      const judging = { text, translate, processingError, baseUrl, now: clock.now() };
      const submission = judgeSubmission(answer, judging);
      const code =
        submission.outcome === 'rejected' ? submission.code : envelopeThatCounts(answer)?.code;
      if (code !== undefined) noteCode(code);
      return submission;
    } catch (error) {
      if (error instanceof UpstreamError) return withoutToken(error);
      throw error;
    }
  };
}

/** No token could be got, so nothing that AKOOL accepted was sent. */
function withoutToken(error: UpstreamError): Submission<never> {
  const { kind, akoolCode, pauseMs, message } = error;
  if (kind !== 'rejected' || akoolCode === null) return { outcome: 'unavailable', pauseMs };
  const isBilling = readingOf(akoolCode).submission === 'billing';
  return { outcome: isBilling ? 'billing' : 'rejected', code: akoolCode, message };
}

/** How long each part of a send may take, in milliseconds. */
interface SendOptions {
  /** Until the connection stands, TLS included. */
  readonly connectTimeoutMs: number;
  /** From the first byte sent to the last byte received. */
  readonly answerTimeoutMs: number;
  /** Not a byte is sent after this instant, by `clock`. */
  readonly startBy: number;
  readonly clock: Clock;
}

/** Sends a request that costs money: at most once, over a connection of its own. Never throws. */
type SendOnce = (request: HttpRequest, options: SendOptions) => Promise<HttpOutcome>;

/**
 * What a connection is ended with. Made once, and used as soon as the answer is there: undici would
 * otherwise end it with errors of its own, and their stacks cost a quarter of a send.
 */
const ENDED = new Error('ended');

/** A way to send to one origin, each time over a connection of its own. */
function createSendOnce(connections: ConnectionOptions): SendOnce {
  let loading: Promise<() => Dispatcher> | null = null;
  return async (request, options) => {
    // Loaded by the first who sends, so that no start has to wait for it; and once, since each
    // import asks whatever hooks into a process's modules.
    const connect = await (loading ??= import('../../runtime/network/connections.ts').then(
      ({ createSingleConnections }) => createSingleConnections(connections),
    ));
    return exchangeOnce(connect(), toDispatch(connections.origin, request), options);
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
    const end = (outcome: HttpOutcome): void => {
      cancelDeadline();
      client.destroy(ENDED, () => {});
      resolve(outcome);
    };

    client.dispatch(
      { reset: true, ...request, blocking: true, idempotent: false },
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
        onResponseEnd: () => end(answer.finish()),
        onResponseError(_controller, error) {
          if (answer.overflowed) return end(answer.finish());
          const sent = started !== null;
          const phrase = sent ? 'connection lost' : 'no connection';
          const reason = expired ? 'timed out' : describeNetworkError(phrase, error);
          return end({ kind: 'lost', sent, reason });
        },
      },
    );
  });
}
