import { z } from 'zod';
import { LONGEST_URL } from '../../domain/job.ts';
import { parseUrl } from '../../runtime/urls.ts';
import { MAX_KEY_LENGTH } from '../limits.ts';

/**
 * A text of 1 to `longest` characters that survives every encoding on its way: no control
 * characters, no half surrogate pairs. It is kept byte for byte.
 */
export function plainText(longest: number): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    const problem = plainTextProblem(text, longest);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
}

/** A URL that AKOOL can be given, such as `example`; see httpUrlProblem. */
export function httpUrl(example: string): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    const problem = httpUrlProblem(text, example);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
}

/**
 * What names a purchase. White space at an end is a slip that would make another key, and so
 * another purchase.
 */
export const idempotencyKey = plainText(MAX_KEY_LENGTH).refine((key) => !/^\s|\s$/u.test(key), {
  error:
    'must not begin or end with white space: it would be another key than the same one without',
});

function plainTextProblem(text: string, longest: number): string | null {
  if (text === '') return `must have 1 to ${longest} characters, and is empty`;
  const length = Array.from(text).length;
  if (length > longest) return `must have 1 to ${longest} characters, and has ${length}`;
  if (/[\p{Cc}\p{Surrogate}]/u.test(text))
    return 'must not hold control characters or broken Unicode';
  return null;
}

/** Everything between the slashes and the path, which is where a browser looks for the host. */
const AUTHORITY = /^https?:\/\/([^/?#]*)/i;

/**
 * What keeps a text from being an absolute http or https URL that may be handed on byte for byte;
 * null when nothing does. It reads as the end of a sentence ("must …") and never quotes the text,
 * which may hold a password; `example` is a URL that would do in its place.
 */
export function httpUrlProblem(text: string, example: string): string | null {
  if (text.length === 0)
    return `must not be empty: give an absolute http or https URL, such as ${example}`;
  if (text.length > LONGEST_URL)
    return `must have at most ${LONGEST_URL} characters, and has ${text.length}`;
  if (/[\s\p{Cc}\p{Surrogate}]/u.test(text))
    return 'must not hold whitespace, control characters or broken Unicode: percent-encode them (a space is %20)';
  if (text.includes('\\')) return 'must not hold a backslash: percent-encode it as %5C';
  const authority = AUTHORITY.exec(text)?.[1];
  if (authority === undefined) return `must be an absolute http or https URL, such as ${example}`;
  if (authority.includes('@'))
    return 'must not hold a user name or password before the host: give a URL that opens without them';
  // Without a host the parser would take the first part of the path for one.
  if (authority === '' || authority.startsWith(':') || parseUrl(text) === null)
    return `must hold a valid host, and a valid port if it has one, such as ${example}`;
  return null;
}
