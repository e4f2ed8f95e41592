import { Client } from 'pg';
import { FILLS_A_TABLE } from '../store/migration-statements.ts';

/** A node of what Postgres means to do for a statement. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** A statement, and what Postgres means to do for it. */
export interface StatementPlan {
  readonly statement: string;
  readonly plan: PlanNode;
}

/** These have a row in all, or one for each living instance, AKOOL account, or team. */
const SMALL = new Set(['meta', 'instance', 'account', 'team_counter']);

/** A driver's client that writes down what it is asked, each text once with the first parameters that came with it. */
export function recordStatements() {
  const seen = new Map<string, unknown[]>();
  const note = (text: unknown, parameters: unknown): void => {
    if (typeof text !== 'string' || !/^\s*(with|select|insert|update|delete)\b/i.test(text)) return;
    if (!seen.has(text) && !FILLS_A_TABLE.test(text))
      seen.set(text, Array.isArray(parameters) ? parameters : []);
  };
  class Connection extends Client {
    // The driver declares ten overloads; what they are given goes on as it came.
    override query: Client['query'] = (...asked: unknown[]): never => {
      note(asked[0], asked[1]);
      return Reflect.apply(Client.prototype.query, this, asked) as never;
    };
  }
  return { Connection, plans: (url: string) => plansOf(url, seen) };
}

/** With `enable_seqscan` off, a table is read from end to end only where no index serves, however few its rows are. */
async function plansOf(
  url: string,
  statements: ReadonlyMap<string, unknown[]>,
): Promise<StatementPlan[]> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query('set enable_seqscan = off');
    const plans: StatementPlan[] = [];
    for (const [statement, parameters] of statements) {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (format json) ${statement}`,
        parameters,
      );
      const plan = rows[0]?.['QUERY PLAN'][0].Plan;
      if (plan !== undefined) plans.push({ statement, plan });
    }
    return plans;
  } finally {
    await client.end();
  }
}

/** The tables that are read from end to end, each with the statement. */
export function wholeReads({ statement, plan }: StatementPlan): string[] {
  const table = plan['Relation Name'] ?? '';
  const isWhole = plan['Node Type'] === 'Seq Scan' && !SMALL.has(table);
  const below = (plan.Plans ?? []).flatMap((each) => wholeReads({ statement, plan: each }));
  return isWhole ? [`${table}: ${statement}`, ...below] : below;
}
