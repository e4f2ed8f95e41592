import { ConfigError } from '../../config/mistakes.ts';
import { BackupError } from '../../store/backup-error.ts';
import { StoreOpenError } from '../../store/store-open-error.ts';
import { FlagError } from '../flag-error.ts';

/**
 * Does a command's work, which resolves to what its operator is told. Resolves to the exit code: 0
 * when it is done, 2 and `usage` for wrong flags, 1 and the reason otherwise.
 */
export async function exitCodeOf(usage: string, work: () => Promise<string>): Promise<number> {
  try {
    process.stdout.write(await work());
    return 0;
  } catch (error) {
    process.stderr.write(`${describe(error, usage)}\n`);
    return error instanceof FlagError ? 2 : 1;
  }
}

function describe(error: unknown, usage: string): string {
  if (error instanceof FlagError) return `${error.message}\n\n${usage}`;
  if (!(error instanceof Error)) return 'It broke off for an unknown reason.';
  const expected = [BackupError, ConfigError, StoreOpenError];
  if (expected.some((kind) => error instanceof kind)) return error.message;
  return `It broke off: ${error.stack ?? error.message}`;
}
