import { sql, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import {
  compiledStep,
  openKysely,
  type SqlDialect,
  type SqlEngine,
  type Step,
} from '../sql/sql-engine.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { unavailable } from '../unavailable.ts';

/**
 * The SQL store's engine on one SQLite connection; `close` closes the connection. Reads are run at
 * once, writes with what else is to be written in this turn of the event loop.
 */
export function sqliteEngine(connection: SqliteConnection, clock: Clock, log: Log): SqlEngine {
  const commits = createGroupCommit(connection);
  const refusal = (error: unknown): unknown => {
    // A value that cannot be bound is a mistake of ours, whatever state the engine is in.
    if (error instanceof TypeError) return error;
    // SQLite's messages name tables and columns, never values.
    return unavailable(log, error instanceof Error ? error.message : 'no message');
  };
  const write = <Result>(work: () => Result, synced = true): Promise<Result> =>
    commits.add(work, synced).catch((error: unknown) => {
      throw refusal(error);
    });
  const open = ({ synced }: { readonly synced: boolean }): SqlEngine['db'] =>
    openKysely({
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      async run<Row>(text: string, parameters: readonly unknown[]) {
        const bound = binding(clock)(parameters);
        const work = (): Row[] => connection.all<Row>(text, bound);
        if (!READS.test(text)) return write(work, synced);
        try {
          return work();
        } catch (error) {
          throw refusal(error);
        }
      },
    });
  const db = open({ synced: true });
  return {
    db,
    unsynced: open({ synced: false }),
    clock,
    dialect: sqliteDialect,
    async batch<Rows extends readonly unknown[]>(steps: {
      readonly [Index in keyof Rows]: Step<Rows[Index]>;
    }) {
      const bind = binding(clock);
      const compiled = steps.map((step) => {
        const { sql: text, parameters } = compiledStep(db, step);
        return { text, parameters: bind(parameters), must: step.must };
      });
      const results = await write(() =>
        connection.transaction(() => {
          const found: unknown[][] = [];
          for (const { text, parameters, must } of compiled) {
            const rows = connection.all(text, parameters);
            if (must && rows.length === 0) return null;
            found.push(rows);
          }
          return found;
        }),
      );
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a statement's rows are what its step says they are
      return results as { [Index in keyof Rows]: Rows[Index][] } | null;
    },
    async close() {
      commits.flush();
      connection.close();
    },
  };
}

/** What needs no commit, and may as well be run at once. */
const READS = /^\s*(?:select|pragma)\b/i;

/** Stands in a statement's parameters for the present instant. */
const NOW = Symbol('now');

/** A function that puts the same instant, the present one, into all parameters it is given. */
function binding(clock: Clock): (parameters: readonly unknown[]) => readonly unknown[] {
  const now = clock.now();
  return (parameters) => parameters.map((each) => (each === NOW ? now : each));
}

const nothing = sql``;

const sqliteDialect: SqlDialect = {
  now: () => sql<number>`${NOW}`,
  types: { text: sql`text`, int: sql`integer` },
  tableEnd: sql`strict`,
  rows(json, columns) {
    const members = Object.keys(columns).map(
      (name) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`,
    );
    return sql`select ${sql.join(members)} from jsonb_each(${json})`;
  },
  // SQLite has no lateral joins.
  firstOfEach: (outer, { where, orderBy, limit }) =>
    sql`${sql.ref(outer)} join job on job.rowid in (
        select job.rowid from job where ${where} order by ${orderBy} limit ${limit}
      )`,
  json: (text) => text,
  elements: (json) => sql`jsonb_each(${json})`,
  // `begin immediate` lets one writer in at a time.
  lockInOrder: nothing,
  lockFree: nothing,
  changesInWith: false,
  lockSchema: sql`select 1`,
};

/**
 * Writes that share commits. A commit waits for the disk, and with it the whole process; so what is
 * to be written in one turn of the event loop is run one after the other at its end and made
 * durable at once. Busy processes have many writes in a turn, an idle one has one, which loses
 * nothing.
 */
export interface GroupCommit {
  /**
   * Resolves to what `work` returned, once what it wrote is durable. Rejects with what it threw, or
   * what kept it from being durable; then nothing of it was written, and what came with it is
   * written all the same. `synced`: false where a power cut may take it back; then nobody waits for
   * the disk, unless for something else of the turn. Default: true.
   */
  add<Result>(work: () => Result, synced?: boolean): Promise<Result>;
  /** Runs what waits. */
  flush(): void;
}

interface Waiting {
  /** Does the work; the returned function tells who waits for it. */
  readonly run: () => () => void;
  readonly fail: (error: unknown) => void;
  readonly synced: boolean;
}

export function createGroupCommit(connection: SqliteConnection): GroupCommit {
  let waiting: Waiting[] = [];

  const runAlone = ({ run, fail }: Waiting): void => {
    let tell: () => void;
    try {
      tell = run();
    } catch (error) {
      fail(error);
      return;
    }
    tell();
  };

  const runTogether = (group: readonly Waiting[]): void => {
    let isOneAtFault = false;
    const runAll = (): (() => void)[] => {
      try {
        return group.map(({ run }) => run());
      } catch (error) {
        isOneAtFault = true;
        throw error;
      }
    };
    let tell: (() => void)[];
    try {
      tell = connection.transaction(runAll);
    } catch (error) {
      // Nothing was written. Where the file is to blame it would be for each of them.
      if (isOneAtFault) group.forEach(runAlone);
      else for (const { fail } of group) fail(error);
      return;
    }
    for (const each of tell) each();
  };

  const run = (group: readonly Waiting[]): void => {
    if (group.length === 1) group.forEach(runAlone);
    else runTogether(group);
  };

  const flush = (): void => {
    const group = waiting;
    waiting = [];
    if (group.some(({ synced }) => synced)) run(group);
    else if (group.length > 0) {
      try {
        connection.withoutSync(() => run(group));
      } catch (error) {
        for (const { fail } of group) fail(error);
      }
    }
  };

  return {
    flush,
    add: (work, synced = true) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({
          run() {
            const result = work();
            return () => resolve(result);
          },
          fail: reject,
          synced,
        });
      }),
  };
}
