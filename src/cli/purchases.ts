import { createInterface } from 'node:readline/promises';
import { readConfig } from '../config/config.ts';
import { ConfigError } from '../config/mistakes.ts';
import { secretsIn } from '../config/secrets.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { createLogger } from '../log/logger.ts';
import { StoreOpenError } from '../store/store-open-error.ts';
import type { PurchaseKey } from '../store/purchase.ts';
import { StoreUnavailableError } from '../store/store.ts';
import { openDesk, type Desk } from './purchases/purchase-admin.ts';
import { FlagError, readFlags, USAGE, type PurchasesCommand } from './purchases/flags.ts';
import { Refusal } from './purchases/refusal.ts';
import { tableOf, toRow } from './purchases/table.ts';

/**
 * Lists the creates whose outcome is unknown, and ends them by hand. What it changes is told by a line of the log, on standard
 * error. Exits with 0 when what was asked for is done, with 2 for wrong flags, and with 1 for anything else.
 */
async function main(): Promise<number> {
  const command = readFlags(process.argv.slice(2));
  if (command === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const config = readConfig();
  const log = createLogger({
    level: 'info',
    secrets: secretsIn(config),
    readable: process.stderr.isTTY && !config.production,
    destination: process.stderr,
  });
  // The clock's timers keep no process alive, and between two tries of a read nothing else would.
  const staying = setInterval(() => undefined, 60_000);
  try {
    const desk = await openDesk({ config, clock: systemClock, log });
    try {
      await run(command, desk, log);
    } finally {
      await desk.close();
    }
    return 0;
  } catch (error) {
    const isNew = error instanceof StoreOpenError && error.code === 'MISSING';
    if (!isNew || command.do !== 'list') throw error;
    if (command.json) process.stdout.write('[]\n');
    const told = command.json ? process.stderr : process.stdout;
    told.write(`${error.message} So no create has an unknown outcome.\n`);
    return 0;
  } finally {
    clearInterval(staying);
  }
}

async function run(command: PurchasesCommand, desk: Desk, log: Log): Promise<void> {
  switch (command.do) {
    case 'list':
      return list(command, desk);
    case 'settle': {
      const purchase = await desk.find(command.key, command.which);
      const { id, status } = await desk.settle(purchase, command.jobId);
      log.info({ ...nameOf(purchase), job: id }, 'A create was settled by hand');
      process.stdout.write(
        `Settled: the key ${purchase.key} now answers with ${id}, which is ${status}.\n`,
      );
      return undefined;
    }
    case 'abandon': {
      const purchase = await desk.find(command.key, command.which);
      // A script cannot answer; what must not be abandoned is refused by the desk, whoever asks.
      if (process.stdin.isTTY && !command.yes) await confirm(purchase.key);
      await desk.abandon(purchase);
      log.warn({ ...nameOf(purchase) }, 'A create was abandoned by hand; its key is free');
      process.stdout.write(`Abandoned: the key ${purchase.key} may be used again.\n`);
      return undefined;
    }
  }
}

async function list(
  { which, json }: Extract<PurchasesCommand, { do: 'list' }>,
  desk: Desk,
): Promise<void> {
  const rows = (await desk.list(which)).map(toRow);
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else if (rows.length === 0) process.stdout.write('No create has an unknown outcome.\n');
  else process.stdout.write(tableOf(rows));
}

async function confirm(key: string): Promise<void> {
  process.stderr.write(
    `Only if AKOOL made nothing for the key ${key}: whatever it made has been paid for.\n` +
      'Using the key again buys again.\n',
  );
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Abandon it? (yes/no) ');
  terminal.close();
  if (answer.trim() !== 'yes') throw new Refusal('Nothing was changed.');
}

/** For the log: nothing of a purchase but its name. */
function nameOf({ team, mutation, key }: PurchaseKey): PurchaseKey {
  return { team, mutation, key };
}

/** What an operator is told of an error; of one that nobody expected, everything. */
function textOf(error: unknown): string {
  if (error instanceof FlagError) return `${error.message}\n\n${USAGE}`;
  if (!(error instanceof Error)) return 'It broke off for an unknown reason.';
  const expected = [Refusal, ConfigError, StoreOpenError, StoreUnavailableError];
  if (expected.some((kind) => error instanceof kind)) return error.message;
  return `It broke off: ${error.stack ?? error.message}`;
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`${textOf(error)}\n`);
    process.exitCode = error instanceof FlagError ? 2 : 1;
  },
);
