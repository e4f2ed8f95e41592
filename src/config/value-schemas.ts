import { z } from 'zod';
import { parseUrl } from '../runtime/urls.ts';

/**
 * What several variables have in common. Each says in its error message what would be right, with
 * an example.
 */

/** Any text. */
export const text = z.string();

/** Text that is compared letter by letter, so that a blank at either end would never match. */
export const exactText = text.refine((value) => value === value.trim(), {
  error: 'Without blanks at either end: it is compared letter by letter.',
});

/** `true` or `false`. */
export const flag = z
  .enum(['true', 'false'], { error: 'Either true or false.' })
  .transform((value) => value === 'true');

/** A whole number from `least` to `most`. */
export function whole(least: number, most: number, example: number): z.ZodType<number, string> {
  const error = `A whole number from ${least} to ${most}, as in ${example}.`;
  return text
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error });
}

/**
 * An http or https base URL without credentials, query or fragment; kept without trailing slashes.
 */
export function baseUrl(example: string): z.ZodType<string, string> {
  const error = `An absolute http or https URL without credentials, query or fragment, as in ${example}`;
  return text
    .refine((value) => isPlainHttpUrl(value), { error })
    .transform((value) => value.replace(/\/+$/, ''));
}

/** Whether a value can be a base URL: http or https, nothing after the path, no password. */
export function isPlainHttpUrl(value: string): boolean {
  return !/[?#]/.test(value) && isHttpUrl(value);
}

/** Whether a value is an absolute http or https URL without credentials. */
export function isHttpUrl(value: string): boolean {
  if (!namesHost(value)) return false;
  const { username, password } = new URL(value);
  return username === '' && password === '';
}

/** A host's name, letters of other alphabets already in ASCII, or an address of version 6. */
const HOST = /^(?:[a-z\d_-]+(?:\.[a-z\d_-]+)*\.?|\[[\da-f:.]+\])$/;

/**
 * Whether a value is an absolute http or https URL as it would be written by hand, with a host that
 * can exist. The URL standard takes much more: `https:example.com`, hosts such as `,`, a colon with
 * no port.
 */
export function namesHost(value: string): boolean {
  const [, authority] = /^https?:\/\/([^\s/?#\\]+)(?:[/?#]\S*)?$/i.exec(value) ?? [];
  return authority?.endsWith(':') === false && HOST.test(parseUrl(value)?.hostname ?? '');
}

/**
 * Whether a base URL of AKOOL's holds the path of an endpoint already, which would then be asked
 * for twice over.
 */
export function holdsEndpoint(value: string): boolean {
  return /\/api\/open(?:\/|$)/i.test(new URL(value).pathname);
}

/** An HTTP header must be able to carry it. */
export const secret = text.regex(/^[\x21-\x7e]+$/, {
  error: 'Printable ASCII without spaces, as copied from AKOOL.',
});

/** Comma-separated, blanks around each item removed. */
export const list = text.transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const CALLER_KEY = /^(sha256:[0-9a-f]{64}|(?!sha256:)[\x21-\x7e]{16,})$/i;

/** Keys that callers present, or their digests. */
export const callerKeys = list.refine(
  (keys) => keys.length > 0 && keys.every((key) => CALLER_KEY.test(key)),
  {
    error:
      'Comma-separated, each a key of at least 16 printable ASCII characters or sha256:<64 hexadecimal digits>; npm run caller-key makes one.',
  },
);

/** An http or https proxy; without a scheme it is http, as everywhere else. */
export const proxyUrl = text
  .transform((value) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`))
  .refine((value) => isProxy(value), {
    error:
      'The URL of one http or https proxy without a path, as in http://proxy.example.com:3128. SOCKS is not spoken.',
  });

function isProxy(value: string): boolean {
  return namesHost(value) && /^https?:\/\/[^/?#]+\/?$/i.test(value);
}
