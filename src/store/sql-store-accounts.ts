import { sql } from 'kysely';
import type { SqlEngine } from './sql-engine.ts';
import type { ReadGrant, Store } from './store.ts';
import type { AccountTable } from './tables.ts';

type AccountVerbs = Pick<
  Store,
  'openAccount' | 'takeReads' | 'countFailedRead' | 'clearFailedReads' | 'shutAccount'
>;

/** How far apart two reads on one slot begin at least. */
const SLOT_MS = 1000;

/** How long a probe keeps others from probing, should whoever took it end meanwhile. */
const PROBE_MS = 15_000;

/**
 * The verbs about what AKOOL accounts may still be asked. Of the reads that an account may begin in a second each has a row, a
 * slot, that can be used again a second later. So whoever takes one waits for nobody, no second ever has too many, and an
 * instance that ends gives nothing away.
 */
export function accountVerbs({ db, dialect }: SqlEngine): AccountVerbs {
  return {
    async openAccount(account, perSecond) {
      await sql`
        insert into account (id, failures, shut_until, probe_until) values (${account}, 0, 0, 0)
        on conflict (id) do nothing`.execute(db);
      const places = JSON.stringify(Array.from({ length: perSecond }, (_, place) => ({ place })));
      await sql`
        insert into read_slot (account, place, used_at)
        select ${account}, place, 0 from (${dialect.rows(places, { place: 'int' })}) as listed
        where true order by place
        on conflict (account, place) do nothing`.execute(db);
      // The latest to say so decides, so that a changed budget holds as soon as the last instance has it.
      await sql`delete from read_slot where account = ${account} and place >= ${perSecond}`.execute(
        db,
      );
    },

    async takeReads(account, wanted, breakAt) {
      const now = dialect.now();
      const taken = await sql<Pick<AccountTable, 'failures'>>`
        update read_slot set used_at = ${now}
        where account = ${account} and place in (
          select place from read_slot
          where account = ${account} and used_at <= ${now} - ${SLOT_MS} and exists (
            select 1 from account where id = ${account} and shut_until <= ${now} and failures < ${breakAt}
          )
          limit ${wanted} ${dialect.lockFree}
        )
        returning (select failures from account where id = ${account}) as failures`.execute(db);
      const failures = taken.rows[0]?.failures;
      if (failures !== undefined && taken.rows.length === wanted) {
        return { granted: wanted, retryInMs: 0, isShut: false, failures };
      }
      const probe = await sql<Pick<AccountTable, 'failures'>>`
        update account set probe_until = ${now} + ${PROBE_MS}
        where id = ${account} and failures >= ${breakAt} and shut_until <= ${now} and probe_until <= ${now}
        returning failures`.execute(db);
      const [probing] = probe.rows;
      const found = await sql<Waits>`
        select failures,
          case when shut_until > probe_until or failures < ${breakAt} then shut_until else probe_until end - ${now}
            as shut_ms,
          (select min(used_at) from read_slot where account = ${account}) + ${SLOT_MS} - ${now} as slot_ms
        from account where id = ${account}`.execute(db);
      const waits = found.rows[0];
      if (waits === undefined) throw new TypeError('The account was not opened.');
      if (probing !== undefined) {
        const { failures } = probing;
        return { granted: 1, retryInMs: PROBE_MS, isShut: wanted > 1, failures };
      }
      return shortOf(waits, taken.rows.length);
    },

    async countFailedRead(account) {
      const counted = await sql<Pick<AccountTable, 'failures'>>`
        update account set failures = failures + 1, probe_until = 0 where id = ${account}
        returning failures`.execute(db);
      return counted.rows[0]?.failures ?? 0;
    },

    async clearFailedReads(account) {
      await sql`
        update account set failures = 0, probe_until = 0 where id = ${account} and failures > 0`.execute(
        db,
      );
    },

    async shutAccount(account, forMs) {
      const until = sql`${dialect.now()} + ${forMs}`;
      await sql`
        update account set probe_until = 0,
          shut_until = case when shut_until > ${until} then shut_until else ${until} end
        where id = ${account}`.execute(db);
    },
  };
}

interface Waits {
  readonly failures: number;
  /** Until the account opens; zero or less when it is open. */
  readonly shut_ms: number;
  /** Until a slot is free. */
  readonly slot_ms: number;
}

/** The shortest wait before asking again, when everything that is free is about to be taken by others. */
const LEAST_RETRY_MS = 20;

function shortOf(
  { failures, shut_ms: shutMs, slot_ms: slotMs }: Waits,
  granted: number,
): ReadGrant {
  const isShut = shutMs > 0;
  return {
    granted,
    retryInMs: Math.max(LEAST_RETRY_MS, isShut ? shutMs : slotMs),
    isShut,
    failures,
  };
}
