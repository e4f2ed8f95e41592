import { readingOf, SUCCESS_CODE } from '../codes.ts';
import type { Envelope, HttpOutcome } from '../http.ts';
import { pauseAskedFor } from '../retry-after.ts';
import type { TextCleaner } from '../redact.ts';
import { UpstreamError } from '../upstream.ts';

/** What one attempt at a read came to. `again`: the same attempt may succeed in a moment. */
export type ReadVerdict =
  | { readonly kind: 'done'; readonly envelope: Envelope }
  | { readonly kind: 'failed'; readonly error: UpstreamError; readonly again: boolean };

/**
 * Judges one attempt: the HTTP status first, then the code. `now` (ms) is what a Retry-After date
 * is measured against.
 */
export function judgeRead(outcome: HttpOutcome, text: TextCleaner, now: number): ReadVerdict {
  if (outcome.kind === 'lost') {
    const message = `AKOOL could not be reached: ${outcome.reason}.`;
    return { kind: 'failed', again: true, error: new UpstreamError('unavailable', message) };
  }
  const { status, retryAfter, isReadable, envelope } = outcome;
  const slowDown = (): ReadVerdict =>
    failed('unavailable', 'AKOOL asks to slow down.', {
      ...failureCode(envelope),
      pauseMs: pauseAskedFor(retryAfter, now),
    });

  if (status === 429) return slowDown();
  if (status >= 500) {
    const message = `AKOOL answered with HTTP ${status}.`;
    return { ...failed('unavailable', message, failureCode(envelope)), again: true };
  }
  if (status >= 300 && status < 400) {
    return failed('protocol', 'AKOOL answered with a redirect, which is not followed.');
  }
  if (!isReadable) {
    return failed('protocol', 'AKOOL answered with more than 1 MB, or in an unknown encoding.');
  }
  if (envelope === null) {
    return failed(
      'protocol',
      `AKOOL answered with something else than its envelope (HTTP ${status}).`,
    );
  }

  const { code, msg } = envelope;
  const details = { akoolCode: code };
  const words = msg === '' ? `code ${code}` : msg;
  switch (readingOf(code).read) {
    case 'success':
    case 'denied':
      return { kind: 'done', envelope };
    case 'slow-down':
      return slowDown();
    case 'try-later': {
      const message = text.clean(`AKOOL cannot answer now (code ${code}): ${words}`);
      return { ...failed('unavailable', message, details), again: true };
    }
    case 'refused':
      break;
  }
  return failed('rejected', text.clean(`AKOOL refused: ${words}`), details);
}

type FailedVerdict = Extract<ReadVerdict, { kind: 'failed' }>;

function failed(...error: ConstructorParameters<typeof UpstreamError>): FailedVerdict {
  return { kind: 'failed', again: false, error: new UpstreamError(...error) };
}

/**
 * The code of an answer that is a failure by its HTTP status; a claim of success in it is worth
 * nothing.
 */
function failureCode(envelope: Envelope | null): { akoolCode?: number } {
  return envelope === null || envelope.code === SUCCESS_CODE ? {} : { akoolCode: envelope.code };
}
