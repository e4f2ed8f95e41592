/** How the system, or a library, names what went wrong, as in ENOENT; empty where it names nothing. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
