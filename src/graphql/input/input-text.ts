import { z } from 'zod';
import { httpUrlProblem } from './http-url.ts';
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
