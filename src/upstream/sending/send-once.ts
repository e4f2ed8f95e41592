import type { Clock } from '../../runtime/clock.ts';
import type { AccountWatch } from '../operator-alerts.ts';
import { readingOf, SIGN_IN_EXPIRED_CODE } from '../answers/codes.ts';
import {
  judgeSubmission,
  readAnswer,
  type OnlyAnswer,
  type Translate,
} from './classify-submission.ts';
import type { HttpRequest } from '../http/http.ts';
import type { ForwardProxy } from '../http/connections.ts';
import { observed, type RequestObserver } from '../request-observer.ts';
import { createSendOnce } from './http-once.ts';
import type { SignIn, SignInHeader } from '../sign-in/sign-in.ts';
import type { TextCleaner } from '../redact.ts';
import type { InTrace } from '../trace-requests.ts';
import {
  UpstreamError,
  type ProcessingErrorPolicy,
  type Submission,
  type SubmissionTiming,
} from '../upstream.ts';

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
  readonly observer: RequestObserver;
  /** Named where what answers there cannot be AKOOL's API. */
  readonly baseUrl: string;
  readonly processingError: ProcessingErrorPolicy;
  readonly signIn: SignIn;
  readonly text: TextCleaner;
  readonly inTrace: InTrace;
  readonly noteCode: AccountWatch;
  readonly connectTimeoutMs: number;
  /** From the first send to the last answer, a second send included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A function that submits with these parts. */
export function createSubmit(parts: SubmitParts): Submit {
  const { origin, proxy, observer, baseUrl, processingError, signIn, text, inTrace } = parts;
  const { noteCode, connectTimeoutMs, timeoutMs, clock } = parts;
  const sendOnce = createSendOnce({ origin, proxy });

  const send = async (request: HttpRequest, startBy: number): Promise<OnlyAnswer> => {
    const header = await signIn.header();
    const deadline = clock.now() + timeoutMs;
    const sendWith = async (proof: SignInHeader, resends: number): Promise<OnlyAnswer> => {
      const signed = { ...request, headers: { ...request.headers, ...proof } };
      const answerTimeoutMs = Math.max(1, deadline - clock.now());
      const limits = { connectTimeoutMs, answerTimeoutMs, startBy, clock };
      return readAnswer(
        await inTrace(signed, resends, (told) =>
          observed(observer, told, () => sendOnce(told, limits)),
        ),
      );
    };
    const answer = await sendWith(header, 0);
    if (answer.envelope?.code !== SIGN_IN_EXPIRED_CODE) return answer;
    const fresh = await signIn.renewed(header);
    return fresh === null ? answer : sendWith(fresh, 1);
  };

  return async (request, { startBy }, translate) => {
    try {
      const answer = await send(request, startBy);
      const judging = { text, translate, processingError, baseUrl, now: clock.now() };
      const submission = judgeSubmission(answer, judging);
      const code = submission.outcome === 'rejected' ? submission.code : answer.envelope?.code;
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
