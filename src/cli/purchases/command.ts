import { createInterface } from 'node:readline/promises';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/mistakes.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { attemptOf } from '../../store/purchase.ts';
import { StoreOpenError } from '../../store/store-open-error.ts';
import { StoreUnavailableError } from '../../store/store.ts';
import { FlagError } from '../flag-error.ts';
import { USAGE, type PurchasesCommand } from './flags.ts';
import { openPurchaseAdmin, Refusal, type PurchaseAdmin } from './purchase-admin.ts';
import { tableOf, toRow } from './table.ts';

/** What a command works on. */
export interface CommandContext {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Does what was asked for, beside a gateway that may be running. Throws Refusal, StoreOpenError and
 * what the store throws.
 */
export async function runPurchasesCommand(
  command: PurchasesCommand,
  { config, clock, log }: CommandContext,
): Promise<void> {
  let admin: PurchaseAdmin;
  try {
    admin = await openPurchaseAdmin({ config, clock, log });
  } catch (error) {
    const isNew = error instanceof StoreOpenError && error.code === 'MISSING';
    if (!isNew || command.do !== 'list') throw error;
    if (command.json) process.stdout.write('[]\n');
    const told = command.json ? process.stderr : process.stdout;
    told.write(`${error.message} So no create has an unknown outcome.\n`);
    return;
  }
  try {
    await run(command, admin, log);
  } finally {
    await admin.close();
  }
}

/** What an operator is told of an error; of one that nobody expected, everything. */
export function describeFailure(error: unknown): string {
  if (error instanceof FlagError) return `${error.message}\n\n${USAGE}`;
  if (!(error instanceof Error)) return 'It broke off for an unknown reason.';
  const expected = [Refusal, ConfigError, StoreOpenError, StoreUnavailableError];
  if (expected.some((kind) => error instanceof kind)) return error.message;
  return `It broke off: ${error.stack ?? error.message}`;
}

async function run(command: PurchasesCommand, admin: PurchaseAdmin, log: Log): Promise<void> {
  switch (command.do) {
    case 'list':
      return list(command, admin);
    case 'settle': {
      const purchase = await admin.find(command.key, command.which);
      const { id, status } = await admin.settle(purchase, command.jobId);
      log.info({ ...attemptOf(purchase), job: id }, 'A create was settled by hand');
      process.stdout.write(
        `Settled: the key ${purchase.key} now answers with ${id}, which is ${status}.\n`,
      );
      return undefined;
    }
    case 'abandon': {
      const purchase = await admin.find(command.key, command.which);
      // A script cannot answer; what must not be abandoned is refused, whoever asks.
      if (process.stdin.isTTY && !command.yes) await confirm(purchase.key);
      await admin.abandon(purchase);
      log.warn({ ...attemptOf(purchase) }, 'A create was abandoned by hand; its key is free');
      process.stdout.write(`Abandoned: the key ${purchase.key} may be used again.\n`);
      return undefined;
    }
  }
}

async function list(
  { which, json }: Extract<PurchasesCommand, { do: 'list' }>,
  admin: PurchaseAdmin,
): Promise<void> {
  const purchases = await admin.list(which);
  const teams = [...new Set(purchases.map(({ team }) => team))];
  const balances = await Promise.all(
    teams.map(async (team) => [team, await admin.credits(team)] as const),
  );
  const creditsNow = new Map(balances);
  const rows = purchases.map((purchase) => toRow(purchase, creditsNow.get(purchase.team) ?? null));
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else if (rows.length === 0) process.stdout.write('No create has an unknown outcome.\n');
  else process.stdout.write(`${tableOf(rows)}\n${HOW_TO_SETTLE}`);
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

const HOW_TO_SETTLE = `AKOOL lists no jobs that were made through its API, neither there nor on its site; only the debit shows. So compare
the account's debits with the time of the create, and the credits before it with those now: a debit that no other
job explains is this one's. Ask AKOOL's support for the _id of the task, with the time and the amount; then settle. Without a debit,
abandon. Webhooks end such creates by themselves: set PUBLIC_URL and AKOOL_CLIENT_ID.
`;
