import { readConfig } from '../../config/config.ts';
import { systemClock } from '../../runtime/clock.ts';
import { BackupError } from '../../store/backup-error.ts';
import { preparePostgresRestore } from '../../store/postgres/backup/restore-postgres.ts';
import type { PreparedRestore } from '../../store/sql/backup/restore-loss.ts';
import { prepareSqliteRestore } from '../../store/sqlite/backup/restore-sqlite.ts';
import { exitCodeOf } from './exit-code.ts';
import { readRestoreFlags, RESTORE_USAGE } from './flags.ts';
import { isHarmless, lossReport } from './loss-report.ts';

/**
 * Puts a backup in the place of the database, unless that would buy again what was bought. Resolves
 * to the exit code; see `exitCodeOf`.
 */
export function runRestore(args: readonly string[]): Promise<number> {
  return exitCodeOf(RESTORE_USAGE, async () => {
    const flags = readRestoreFlags(args);
    if (flags === 'help') return RESTORE_USAGE;
    const { databaseUrl } = readConfig();
    const isFile = databaseUrl.startsWith('file:');
    const restore = await prepare(databaseUrl, isFile, flags.from);
    try {
      process.stdout.write(`${lossReport(restore.loss)}\n`);
      const harmless = isHarmless(restore.loss);
      if (!harmless && !flags.iKnow) throw new BackupError('WOULD_BUY_AGAIN', REFUSED);
      if (harmless) process.stdout.write('Nothing would buy again.\n');
      if (flags.check) return '';
      const aside = await restore.commit();
      return `${isFile ? restoredFile(aside) : RESTORED_POSTGRES}${AFTERWARDS}`;
    } finally {
      await restore.close();
    }
  });
}

async function prepare(url: string, isFile: boolean, from: string): Promise<PreparedRestore> {
  if (isFile === /^postgres(ql)?:/i.test(from)) {
    throw new BackupError('NOT_OURS', isFile ? NOT_A_FILE : NOT_POSTGRES);
  }
  const clock = systemClock;
  if (isFile) return prepareSqliteRestore({ url, from, clock });
  return preparePostgresRestore({ url, from, clock, monotonic: () => performance.now() });
}

const NOT_A_FILE =
  'DATABASE_URL names a SQLite file, and --from a Postgres database. Name a file that npm run backup made.';

const NOT_POSTGRES =
  'DATABASE_URL names a Postgres database. Fill an empty database with pg_restore, and name it as ' +
  '--from postgres://…; it is compared with the present one and made ready. See docs/backup.md.';

const REFUSED =
  'Nothing was changed. Have whoever holds such keys throw them away, then restore with --i-know.';

const restoredFile = (aside: string | null): string =>
  aside === null ? 'Restored.\n' : `Restored. What was there before is kept at ${aside}.\n`;

const RESTORED_POSTGRES =
  'The restored database is ready: name it in DATABASE_URL, and start the gateway.\n';

const AFTERWARDS =
  'It is a database of its own from now on: cursors of lists and feeds from before are refused, and callers begin anew.\n';
