/**
 * How the system, or a library, names what went wrong, as in ENOENT; empty where it names nothing.
 */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/**
 * What went wrong, in words for the log: the message of an error; of anything else that was thrown
 * nothing is told.
 */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}

/** What was thrown, as an error: anything can be thrown. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('Thrown without an error');
}
