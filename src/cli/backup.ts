import { runBackup } from './backup/run-backup.ts';

/** Backs the database up. */
void runBackup(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
