import { readConfig } from '../../config/config.ts';
import { BackupError } from '../../store/backup-error.ts';
import { backUpSqlite } from '../../store/sqlite/backup/back-up-sqlite.ts';
import { exitCodeOf } from './exit-code.ts';
import { BACKUP_USAGE, readBackupFlags } from './flags.ts';

/**
 * Backs the database up, beside a gateway that may be running. Resolves to the exit code; see
 * `exitCodeOf`.
 */
export function runBackup(args: readonly string[]): Promise<number> {
  return exitCodeOf(BACKUP_USAGE, async () => {
    const flags = readBackupFlags(args);
    if (flags === 'help') return BACKUP_USAGE;
    const { databaseUrl } = readConfig();
    if (!databaseUrl.startsWith('file:')) throw new BackupError('NOT_OURS', BY_PG_DUMP);
    const { file, bytes } = await backUpSqlite({ url: databaseUrl, to: flags.to });
    return `Backed up to ${file}: ${bytes} bytes, checked. Keep it as secret as the database.\n`;
  });
}

const BY_PG_DUMP =
  'DATABASE_URL names a Postgres database, which its own tools back up while the gateway runs: ' +
  'pg_dump --format=custom --file=gateway.dump "$DATABASE_URL". See docs/backup.md.';
