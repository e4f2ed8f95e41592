import { parseArgs } from 'node:util';
import { FlagError, orFlagError } from '../flag-error.ts';

/** How a backup is made. */
export const BACKUP_USAGE = `Usage: npm run backup -- --to <file>

  --to <file>  what to make or to replace: a copy of the SQLite database as it is at one moment, whole or not at all
  --help       prints this

It works beside a running gateway, with the gateway's environment. The copy opens links to files and tells what was bought: keep it as
secret as the database. A Postgres database is backed up by pg_dump.
`;

/** How a backup is restored. */
export const RESTORE_USAGE = `Usage: npm run restore -- --from <file>           puts a backup in the place of the SQLite database
       npm run restore -- --from <postgres://…>  makes a database that pg_restore has filled ready to be the gateway's

  --from    a file that npm run backup made, or another copy of a database file; or the URL of the filled database
  --check   tells what would be forgotten, and changes nothing; fails where --i-know would be needed
  --i-know  restores although keys would buy again, or nobody can tell whether any would
  --help    prints this

Stop the gateway first. The present database is the one that DATABASE_URL names: use the gateway's environment.
`;

/**
 * Reads the command line of a backup: the file to be made; `help` when that was asked for. Throws
 * FlagError.
 */
export function readBackupFlags(args: readonly string[]): { readonly to: string } | 'help' {
  const options = { to: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { to, help } = orFlagError(() => parseArgs({ args: [...args], options })).values;
  if (help) return 'help';
  if (to === undefined || to === '') throw new FlagError('--to names the file');
  return { to };
}

/** What a restore is asked for. */
export interface RestoreFlags {
  /** A path, or the URL of a Postgres database. */
  readonly from: string;
  readonly check: boolean;
  readonly iKnow: boolean;
}

/** Reads the command line of a restore; `help` when that was asked for. Throws FlagError. */
export function readRestoreFlags(args: readonly string[]): RestoreFlags | 'help' {
  const options = {
    from: { type: 'string' },
    check: { type: 'boolean' },
    'i-know': { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  const { values } = orFlagError(() => parseArgs({ args: [...args], options }));
  const { from, check = false, 'i-know': iKnow = false, help } = values;
  if (help) return 'help';
  if (from === undefined || from === '') {
    throw new FlagError('--from names the backup');
  }
  if (check && iKnow) throw new FlagError('--check changes nothing to know of');
  return { from, check, iKnow };
}
