/** Makes AKOOL's words fit to be shown and logged. */
export interface TextCleaner {
  /**
   * The text on one line, with secrets and webhook tokens replaced, control characters removed and
   * lone surrogates mended; at most 500 UTF-16 code units, cut between code points.
   */
  clean(text: string): string;
  /** Whether a URL carries one of the account's secrets. */
  carriesSecret(url: string): boolean;
}

/** What the schema promises of `JobFailure.reason`, and of what AKOOL said to a create. */
const LONGEST_TEXT = 500;
/**
 * AKOOL's keys have 16, 24 or 32 characters. A shorter stand-in may well be part of an innocent
 * URL.
 */
const SHORTEST_KEY = 16;
const REPLACEMENT = '[redacted]';
/**
 * What stands before the token in our webhookUrl, also in a URL that was escaped. AKOOL may quote
 * it in any later answer.
 */
const WEBHOOK_TOKEN = /(webhooks(?:\/|%2F)akool(?:\/|%2F))[\w-]+/gi;

/**
 * A cleaner that knows these secrets, and the `tokens` of the moment: they come and go, and are
 * asked for anew each time. `identifiers` are replaced in texts too, but may stand in a URL:
 * AKOOL's own may well name the account.
 */
export function createTextCleaner(
  secrets: readonly string[],
  identifiers: readonly string[] = [],
  tokens: () => readonly string[] = () => [],
): TextCleaner {
  const fixed = longestFirst([...secrets, ...identifiers]);
  const words = (): readonly string[] => {
    const current = tokens();
    return current.length === 0 ? fixed : longestFirst([...fixed, ...current]);
  };
  return {
    clean(text) {
      const plain = text
        .replaceAll(/[\t\n\v\f\r\u2028\u2029]/g, ' ')
        .replaceAll(/\p{Cc}/gu, '')
        .replaceAll(/\p{Cs}/gu, '\uFFFD');
      // Secrets go before the cut, which could leave half of one, and after the control characters,
      // which could split one.
      const safe = words().reduce(
        (cleaned, secret) => cleaned.replaceAll(secret, REPLACEMENT),
        plain.replaceAll(WEBHOOK_TOKEN, `$1${REPLACEMENT}`),
      );
      return cut(safe.trim());
    },
    carriesSecret: (url) =>
      [...secrets, ...tokens()].some(
        (secret) => secret.length >= SHORTEST_KEY && url.includes(secret),
      ),
  };
}

/** One secret may be part of another. */
function longestFirst(words: readonly string[]): string[] {
  return words.filter((word) => word !== '').sort((a, b) => b.length - a.length);
}

function cut(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  const splitsPair = /[\uD800-\uDBFF]/.test(text.charAt(LONGEST_TEXT - 1));
  return text.slice(0, splitsPair ? LONGEST_TEXT - 1 : LONGEST_TEXT);
}
