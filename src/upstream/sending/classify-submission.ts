import { PROCESSING_ERROR_CODE, readingOf } from '../codes.ts';
import type { Envelope, HttpOutcome } from '../http.ts';
import { pauseAskedFor } from '../retry-after.ts';
import type { TextCleaner } from '../redact.ts';
import type { ProcessingErrorPolicy, Submission } from '../upstream.ts';

/** Turns an answer's `data` into an observation; null when it has no usable `_id`. */
export type Translate<Seen> = (data: unknown, text: TextCleaner) => Seen | null;

/** What judging needs. */
export interface Judging<Seen> {
  readonly text: TextCleaner;
  readonly translate: Translate<Seen>;
  readonly processingError: ProcessingErrorPolicy;
  /** Where the request went, for whoever set it. */
  readonly baseUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The 4xx that say nothing of the request itself: a timeout, a conflict, too early, too many, a
 * client that went away. Behind them AKOOL may have worked on it.
 */
const UNDECIDED_4XX: ReadonlySet<number> = new Set([408, 409, 425, 429, 499]);

const CANNOT_FETCH =
  'AKOOL could not take the input. Most often it cannot download one of the URLs: both the video and the faces must open for everybody, without signing in.';

/** Says what became of one submit or create by its only answer. */
export function judgeSubmission<Seen>(
  outcome: HttpOutcome,
  judging: Judging<Seen>,
): Submission<Seen> {
  if (outcome.kind === 'lost') {
    return outcome.sent
      ? { outcome: 'unknown', reason: outcome.reason }
      : { outcome: 'unavailable', pauseMs: null };
  }
  const { status, retryAfter } = outcome;
  if (status === 429) {
    return { outcome: 'unavailable', pauseMs: pauseAskedFor(retryAfter, judging.now) };
  }
  const envelope = envelopeThatCounts(outcome);
  if (envelope !== null) return judgeEnvelope(envelope, retryAfter, judging);
  if (status >= 400 && status < 500 && !UNDECIDED_4XX.has(status)) {
    return { outcome: 'rejected', code: status, message: notAkool(status, judging.baseUrl) };
  }
  return unknown(`HTTP ${status}, no usable envelope`, outcome.envelope, judging.text);
}

function judgeEnvelope<Seen>(
  envelope: Envelope,
  retryAfter: string | null,
  { text, translate, processingError, now }: Judging<Seen>,
): Submission<Seen> {
  const { code, msg, data } = envelope;
  if (code === PROCESSING_ERROR_CODE && processingError === 'refused' && !namesJob(data)) {
    const words = text.clean(msg);
    const message = words === '' ? CANNOT_FETCH : `${CANNOT_FETCH} It said: ${words}`;
    return { outcome: 'rejected', code, message: text.clean(message) };
  }
  const reading = readingOf(code).submission;
  switch (reading) {
    case 'accepted': {
      const observation = translate(data, text);
      return observation === null
        ? unknown('accepted without a usable _id', envelope, text)
        : { outcome: 'accepted', observation };
    }
    case 'billing':
    case 'rejected':
      return { outcome: reading, code, message: text.clean(msg) || `AKOOL gave code ${code}.` };
    case 'unavailable':
      return { outcome: 'unavailable', pauseMs: pauseAskedFor(retryAfter, now) };
    case 'unknown':
      return unknown(`code ${code}`, envelope, text);
  }
}

function unknown(reason: string, envelope: Envelope | null, text: TextCleaner): Submission<never> {
  const words = text.clean(envelope?.msg ?? '');
  return { outcome: 'unknown', reason, ...(words === '' ? {} : { words }) };
}

/** Whether the answer may name something that was made, usable or not. */
function namesJob(data: unknown): boolean {
  if (Array.isArray(data)) return data.some(namesJob);
  if (typeof data !== 'object' || data === null) return false;
  return '_id' in data && data._id !== null;
}

/**
 * The envelope of the only answer; null where there is none that counts: a 429, a 5xx and a
 * redirect mean the same whatever their bodies say.
 */
export function envelopeThatCounts(answer: HttpOutcome): Envelope | null {
  if (answer.kind === 'lost') return null;
  const { status, envelope } = answer;
  const counts = status < 300 || (status >= 400 && status < 500 && status !== 429);
  return counts ? envelope : null;
}

function notAkool(status: number, baseUrl: string): string {
  return (
    `HTTP ${status} came back without AKOOL's envelope, so it was not AKOOL's API that answered and nothing was bought. ` +
    `The gateway's operator checks the base URL, ${baseUrl} (AKOOL_BASE_URL), and what stands in front of it.`
  );
}
