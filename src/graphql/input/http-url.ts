import { LONGEST_URL } from '../../domain/job.ts';
import { parseUrl } from '../../runtime/urls.ts';

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
