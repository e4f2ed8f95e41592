import { readConfig } from '../config/config.ts';
import { collectSecrets } from '../config/collect-secrets.ts';
import { createLogger } from '../log/logger.ts';
import { systemClock } from '../runtime/clock.ts';
import { describeFailure, runPurchasesCommand } from './purchases/command.ts';
import { FlagError } from './flag-error.ts';
import { readFlags, USAGE } from './purchases/flags.ts';

/**
 * Lists the creates whose outcome is unknown, and ends them by hand. What it changes is told by a
 * line of the log, on standard error. Exits with 0 when what was asked for is done, with 2 for
 * wrong flags, and with 1 for anything else.
 */
async function main(): Promise<number> {
  const command = readFlags(process.argv.slice(2));
  if (command === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const config = readConfig();
  const log = await createLogger({
    level: 'info',
    secrets: collectSecrets(config),
    readable: process.stderr.isTTY && !config.production,
    destination: process.stderr,
  });
  // The clock's timers keep no process alive, and between two tries of a read nothing else would.
  const staying = setInterval(() => undefined, 60_000);
  try {
    await runPurchasesCommand(command, { config, clock: systemClock, log });
    return 0;
  } finally {
    clearInterval(staying);
  }
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exitCode = error instanceof FlagError ? 2 : 1;
  },
);
