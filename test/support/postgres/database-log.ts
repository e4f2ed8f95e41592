import { runSql } from './postgres-store.ts';

/**
 * What a Postgres store gave out, written down by the database itself and with its own instants, in ms: these do not depend on
 * how long a busy machine takes to bring a read to the upstream.
 */
export interface DatabaseLog {
  /** When reads were granted out of the accounts' budgets, in order. */
  grants(): Promise<number[]>;
  /** When jobs were claimed, each to be read once, in order. */
  claims(): Promise<{ readonly id: string; readonly at: number }[]>;
  /** When it was written down when to look at a job next, and when that is. */
  plans(): Promise<{ readonly at: number; readonly dueAt: number }[]>;
}

const NOW = 'floor(extract(epoch from statement_timestamp()) * 1000)';

/** Begins to write down. The store's tables must be there. */
export async function startDatabaseLog(url: string): Promise<DatabaseLog> {
  await runSql(
    url,
    `
    create table test_grant (at float8 not null);
    create table test_claim (id text not null, at float8 not null);
    create table test_plan (at float8 not null, due_at float8 not null);
    create function test_grant() returns trigger language plpgsql as $$
      begin insert into test_grant values (new.used_at); return null; end $$;
    create function test_claim() returns trigger language plpgsql as $$
      begin insert into test_claim values (new.id, new.read_at); return null; end $$;
    create function test_plan() returns trigger language plpgsql as $$
      begin insert into test_plan values (${NOW}, new.due_at); return null; end $$;
    create trigger test_grant after update of used_at on read_slot
      for each row execute function test_grant();
    create trigger test_claim after update of lease_token on job
      for each row when (new.lease_token > old.lease_token) execute function test_claim();
    create trigger test_plan after update of due_at on job
      for each row when (new.due_at <> old.due_at) execute function test_plan();
    `,
  );
  return {
    async grants() {
      const rows = await runSql<{ at: number }>(url, 'select at from test_grant order by at');
      return rows.map(({ at }) => at);
    },
    claims: () => runSql(url, 'select id, at from test_claim order by at'),
    plans: () => runSql(url, 'select at, due_at as "dueAt" from test_plan order by at'),
  };
}

/** The times between two claims of one job, in ms. */
export function gapsBetween(
  claims: readonly { readonly id: string; readonly at: number }[],
): number[] {
  const last = new Map<string, number>();
  return claims.flatMap(({ id, at }) => {
    const before = last.get(id);
    last.set(id, at);
    return before === undefined ? [] : [at - before];
  });
}
