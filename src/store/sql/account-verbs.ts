import { sql } from 'kysely';
import type { SqlEngine } from './sql-engine.ts';
import type { AccountStore } from '../account-store.ts';
import type { AccountTable } from './schema/tables.ts';
import { takeReads } from './take-reads.ts';

/**
 * The verbs about what AKOOL accounts may still be asked. Of the reads that an account may begin in
 * a second each has a row, a slot, that can be used again a second later. So whoever takes one
 * waits for nobody, no second ever has too many, and an instance that ends gives nothing away.
 */
export function accountVerbs({ db, dialect }: SqlEngine): AccountStore {
  return {
    takeReads: takeReads({ db, dialect }),

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
      // The latest to say so decides, so that a changed budget holds as soon as the last instance
      // has it.
      await sql`delete from read_slot where account = ${account} and place >= ${perSecond}`.execute(
        db,
      );
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
