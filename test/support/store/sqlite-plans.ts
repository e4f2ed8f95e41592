import {
  openSqliteConnection,
  type SqliteConnection,
} from '../../../src/store/sqlite/sqlite-connection.ts';
import { FILLS_A_TABLE } from './migration-statements.ts';

/** These have a row in all, or one for each living instance, AKOOL account, or team. */
const SMALL = new Set(['meta', 'instance', 'account', 'team_counter']);

/** Indexes of the few rows that somebody works on at the moment. */
const UNDER_WAY = new Set(['job_leased', 'media_copy_leased', 'callback_open']);

/** Opens SQLite files and writes down each statement that comes, with what SQLite means to do for it. */
export function recordStatements() {
  const plans = new Map<string, string[]>();
  const connect = (file: string): SqliteConnection => {
    const connection = openSqliteConnection(file);
    const planOf = (statement: string): string[] => {
      const nulls = Array.from(statement.matchAll(/\?/g), () => null);
      const steps = connection.all<{ detail: string }>(`explain query plan ${statement}`, nulls);
      return steps.map(({ detail }) => detail);
    };
    return {
      ...connection,
      all<Row>(statement: string, parameters: readonly unknown[]) {
        const rows = connection.all<Row>(statement, parameters);
        const isWork =
          /^\s*(with|select|insert|update|delete)\b/i.test(statement) &&
          !FILLS_A_TABLE.test(statement);
        if (isWork && !plans.has(statement)) plans.set(statement, planOf(statement));
        return rows;
      },
    };
  };
  return {
    connect,
    statements: () => [...plans.keys()],
    /** The steps that read a whole table or a whole index, each with its statement. */
    wholeReads: () => [...plans].flatMap(([statement, plan]) => wholeSteps(statement, plan)),
  };
}

/** What the statement itself puts together has a name there, too; it is no table. */
function wholeSteps(statement: string, plan: readonly string[]): string[] {
  const own = new Set(plan.map((step) => /^(?:CO-ROUTINE|MATERIALIZE) (\w+)/.exec(step)?.[1]));
  return plan.flatMap((step) => {
    const [, name, index] = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?$/.exec(step) ?? [];
    const isFew = name === undefined || own.has(name) || SMALL.has(name);
    return isFew || UNDER_WAY.has(index ?? '') ? [] : [`${step}: ${statement}`];
  });
}
