/**
 * The state file cannot be used. The message is for the operator: it says which file, what is wrong
 * and what to do.
 */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';

  constructor(file: string, problem: string, cause?: unknown) {
    super(`The sandbox cannot keep its state in ${file}: ${problem}`, { cause });
  }
}

const NOT_WRITABLE =
  'it may not be written. Give this process write access to it and its folder, or choose another one.';

const PROBLEMS: ReadonlyMap<unknown, string> = new Map([
  ['EACCES', NOT_WRITABLE],
  ['EPERM', NOT_WRITABLE],
  ['EROFS', NOT_WRITABLE],
  ['EISDIR', 'it is a folder. Choose a file.'],
  ['ENOTDIR', 'what should be its folder is a file. Choose another one.'],
  ['ENOENT', 'its folder cannot be made. Choose another one.'],
  ['ENOSPC', 'the disk is full.'],
]);

/**
 * A line, counted from 1, is no record of the sandbox: the file belongs to something else, or is
 * damaged.
 */
export function foreignLine(file: string, line: number): StateFileError {
  return new StateFileError(
    file,
    `its line ${line} is not a record of the sandbox. Move the file away to begin anew, or choose another one.`,
  );
}

/**
 * What using `file` failed with, as the operator is to read it. A StateFileError is returned as it
 * is.
 */
export function stateFileError(file: string, error: unknown): StateFileError {
  if (error instanceof StateFileError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new StateFileError(file, PROBLEMS.get(code) ?? `it cannot be opened (${code}).`, error);
}
