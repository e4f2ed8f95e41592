/** One thing wrong with the environment. */
export interface Mistake {
  readonly variable: string;
  /**
   * The value as it may be shown: a secret's length instead of the secret; null when it is not set.
   */
  readonly found: string | null;
  /** What would be right, with an example. */
  readonly right: string;
}

/**
 * The environment cannot be run with. Its message lists every mistake by variable, fit for a
 * terminal; no secret is in it.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    const parts = new Map<string, string>();
    for (const { variable, found, right } of mistakes) {
      const heading = `  ${variable}${found === null ? ' is not set' : `=${found}`}`;
      parts.set(heading, `${parts.get(heading) ?? heading}\n    ${right}`);
    }
    const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
    super(`The configuration has ${count}:\n${[...parts.values()].join('\n')}`);
    this.mistakes = mistakes;
  }
}

/** The variables whose values are never shown. A client id is half of what forges a webhook. */
const SECRET = /KEY|SECRET|TOKEN|PASSWORD|CLIENT_ID|DATABASE_URL/;

/** A value that is JSON: the content of a teams file where its path belongs. */
const JSON_TEXT = /^\s*[[{]/;

/** The longest value that is shown whole. */
const SHOWN_LENGTH = 200;

/** A variable's value as it may be shown. */
export function shown(variable: string, value: string): string {
  const isTeams = variable === 'TEAMS_FILE' && JSON_TEXT.test(value);
  if (SECRET.test(variable) || isTeams) return `•••• (${value.length} characters)`;
  // A URL may carry a password before its host, or a key in its query.
  const bare = value.includes('//') ? /\/\/.*@/gs : /^.*@/s;
  const safe = value
    .replace(bare, (found) => (found.startsWith('//') ? '//••••@' : '••••@'))
    .replace(/\?.*/s, '?••••');
  const printable = safe.replace(/\p{Cc}/gu, '�');
  return JSON.stringify(
    printable.length > SHOWN_LENGTH ? `${printable.slice(0, SHOWN_LENGTH)}…` : printable,
  );
}
