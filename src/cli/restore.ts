import { runRestore } from './backup/run-restore.ts';

/** Restores a backup of the database. */
void runRestore(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
