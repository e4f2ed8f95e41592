/** Why a store could not be opened. */
export type StoreOpenCode =
  /** For a tool beside the gateway: there is no file yet. */
  | 'MISSING'
  /** Another process, or another store in this one, has the file. */
  | 'IN_USE'
  /** The file is damaged, or no database of ours. */
  | 'CORRUPT'
  /** The file or its folder cannot be written to. */
  | 'READ_ONLY'
  /** A newer version of the gateway has changed the tables. */
  | 'NEWER_VERSION'
  /** Anything else; the cause says what. */
  | 'CANNOT_OPEN';

/**
 * The store could not be opened. The message is for the operator: it says what is wrong, where, and
 * what to do. It holds no secret.
 */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  readonly code: StoreOpenCode;

  constructor(code: StoreOpenCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
