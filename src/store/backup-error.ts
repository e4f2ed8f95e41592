/** Why a backup could not be made or restored. */
export type BackupErrorCode =
  /** The file, or the database, that is to be restored is not there. */
  | 'NO_BACKUP'
  /** It is damaged, or no backup of this gateway's database. */
  | 'NOT_A_BACKUP'
  /** What was named is the gateway's database itself. */
  | 'SAME_DATABASE'
  /** The file cannot be written. */
  | 'CANNOT_WRITE'
  /** Instances of the gateway, or other programs, work on the database. */
  | 'IN_USE'
  /** Keys would buy again, or nobody can tell whether any would. */
  | 'WOULD_BUY_AGAIN'
  /** The database's own tools do it, or the two are of different kinds. */
  | 'NOT_OURS';

/** The message is for the operator: what is wrong, where, and what to do. It holds no secret. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: BackupErrorCode;

  constructor(code: BackupErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
