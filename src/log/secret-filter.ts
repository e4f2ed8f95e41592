const HIDDEN = '[hidden]';

/** Names of fields whose values no log needs. Whole words, so that an `idempotencyKey` stays. */
const TELLING_NAME =
  /^(?:.*[-_.])?(?:authorization|cookie|set-cookie|password|secret|signature|token|credential)s?$|api[-_]?key|(?:client|webhook)?secret$|(?:access|bearer|refresh)token$/i;

/** How deep fields are copied; deeper ones are dropped. Our own are two levels deep. */
const DEEPEST = 6;

/** Lines of a stack that are told. */
const MOST_PLACES = 20;

/**
 * Replaces each of the secrets in a text, also where JSON or a URL has escaped it. Empty ones are
 * ignored.
 */
export function createSecretFilter(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets.flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
    ]),
  );
  forms.delete('');
  if (forms.size === 0) return (text) => text;
  // The longest first: one secret may begin with another.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapeForRegExp).join('|'), 'g');
  return (text) => text.replace(pattern, HIDDEN);
}

/**
 * A copy of log fields, fit for a log: values under telling names are hidden at every level, and an
 * error is told by name, message, code, the places of its stack and its cause, without whatever
 * else a library put on it.
 */
export function hideNamedSecrets(fields: object): Record<string, unknown> {
  return copyObject(fields, DEEPEST);
}

function copyObject(value: object, levels: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    copy[name] =
      TELLING_NAME.test(name) && typeof inner !== 'number' ? HIDDEN : copyValue(inner, levels - 1);
  }
  return copy;
}

function copyValue(value: unknown, levels: number): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (levels <= 0) return '[deeper]';
  if (value instanceof Error) return copyError(value, levels);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((inner) => copyValue(inner, levels - 1));
  return copyObject(value, levels);
}

function copyError(error: Error, levels: number): Record<string, unknown> {
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: placesIn(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: copyValue(error.cause, levels - 1) }),
  };
}

/** The lines that name a place; the others repeat the message. */
function placesIn(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MOST_PLACES)
    .map((line) => line.trim());
}

function escapeForRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
