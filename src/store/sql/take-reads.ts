import { sql } from 'kysely';
import type { AccountStore, ReadGrant, ReadRequest } from '../account-store.ts';
import type { AccountTable, ReadSlotTable } from './schema/tables.ts';
import { prepared, type SqlEngine } from './sql-engine.ts';

const REQUEST_COLUMNS = { account: 'text', wanted: 'int', break_at: 'int' } as const;

/** How far apart two reads on one slot begin at least. */
const SLOT_MS = 1000;

/** How long a probe keeps others from probing, should whoever took it end meanwhile. */
const PROBE_MS = 15_000;

/** The verb that takes reads; see AccountStore. */
export function takeReads({
  db,
  dialect,
}: Pick<SqlEngine, 'db' | 'dialect'>): AccountStore['takeReads'] {
  const idRows = (accounts: readonly string[]) =>
    dialect.rows(JSON.stringify(accounts.map((id) => ({ id }))), { id: 'text' });

  const readWaits = async (requests: readonly ReadRequest[]): Promise<Map<string, Waits>> => {
    const now = dialect.now();
    const found = await sql<Waits>`
      select id, failures, shut_until - ${now} as shut_ms, probe_until - ${now} as probe_ms,
        (select min(used_at) from read_slot where read_slot.account = account.id) + ${SLOT_MS} - ${now} as slot_ms
      from account where id in (${idRows(requests.map(({ account }) => account))})`.execute(db);
    return new Map(found.rows.map((waits) => [waits.id, waits]));
  };

  /** Those of the broken accounts that this instance may probe. */
  const takeProbes = async (broken: readonly Waits[], breakAt: number): Promise<Set<string>> => {
    const now = dialect.now();
    const taken = await sql<Pick<AccountTable, 'id'>>`
      update account set probe_until = ${now} + ${PROBE_MS}
      where id in (${idRows(broken.map(({ id }) => id))})
        and failures >= ${breakAt} and shut_until <= ${now} and probe_until <= ${now}
      returning id`.execute(db);
    return new Set(taken.rows.map(({ id }) => id));
  };

  const take = prepared<Taken>(db, (list) => {
    const now = dialect.now();
    const isFree = sql`used_at <= ${now} - ${SLOT_MS}`;
    // Free slots are picked at random, so that those who ask at the same moment seldom want the
    // same ones.
    return sql`
      with listed as (${dialect.rows(list, REQUEST_COLUMNS)}),
      free as (
        select read_slot.account, read_slot.place, listed.wanted,
          row_number() over (partition by read_slot.account order by random()) as nth
        from listed
          join account on account.id = listed.account
          join read_slot on read_slot.account = listed.account
        where account.shut_until <= ${now} and account.failures < listed.break_at and ${isFree}
      )
      update read_slot set used_at = ${now}
      where (account, place) in (
        select account, place from read_slot
        where (account, place) in (select account, place from free where nth <= wanted) and ${isFree}
        ${dialect.lockFree}
      )
      returning account, (select failures from account where id = read_slot.account) as failures`;
  });

  return async (requests, breakAt) => {
    const taken = await db.executeQuery(
      take(requests.map(({ account, wanted }) => ({ account, wanted, break_at: breakAt }))),
    );
    const grantedOf = (account: string) => taken.rows.filter((row) => row.account === account);
    const short = requests.filter(({ account, wanted }) => grantedOf(account).length < wanted);
    const waits = short.length === 0 ? new Map<string, Waits>() : await readWaits(short);
    const broken = [...waits.values()].filter(
      ({ failures, shut_ms: shutMs }) => failures >= breakAt && shutMs <= 0,
    );
    const probing = broken.length === 0 ? new Set<string>() : await takeProbes(broken, breakAt);
    return requests.map(({ account, wanted }) => {
      const rows = grantedOf(account);
      const wait = waits.get(account);
      if (rows.length === wanted) {
        return { granted: wanted, retryInMs: 0, isShut: false, failures: rows[0]?.failures ?? 0 };
      }
      if (wait === undefined) throw new TypeError('The account was not opened.');
      return probing.has(account)
        ? { granted: 1, retryInMs: PROBE_MS, isShut: wanted > 1, failures: wait.failures }
        : shortOf(wait, rows.length, breakAt);
    });
  };
}

type Taken = Pick<ReadSlotTable, 'account'> & Pick<AccountTable, 'failures'>;

interface Waits {
  readonly id: string;
  readonly failures: number;
  /** Until the account opens; zero or less when it is open. */
  readonly shut_ms: number;
  /** Until somebody's probe counts as lost; zero or less when nobody probes. */
  readonly probe_ms: number;
  /** Until a slot is free. */
  readonly slot_ms: number;
}

/**
 * The shortest wait before asking again, when everything that is free is about to be taken by
 * others.
 */
const LEAST_RETRY_MS = 20;

/** How soon to ask again what came of somebody else's probe. */
const PROBE_RETRY_MS = 1000;

function shortOf(waits: Waits, granted: number, breakAt: number): ReadGrant {
  const { failures, shut_ms: shutMs, probe_ms: probeMs, slot_ms: slotMs } = waits;
  const isShut = shutMs > 0 || failures >= breakAt;
  const waitMs = shutMs > 0 ? shutMs : isShut ? Math.min(PROBE_RETRY_MS, probeMs) : slotMs;
  return { granted, retryInMs: Math.max(LEAST_RETRY_MS, waitMs), isShut, failures };
}
