/** What went wrong, in words for the log: the message of an error; of anything else that was thrown nothing is told. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
