import { Client } from 'pg';
import { FILLS_A_TABLE } from '../store/migration-statements.ts';

/** Purchases in any of all seven states. */
const EVERY_PURCHASE = /"state" in \(\$1(, \$\d){6}\)/;

/** A node of what Postgres means to do for a statement. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Total Cost': number;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** A statement, and what Postgres means to do for it. */
export interface StatementPlan {
  readonly statement: string;
  readonly plan: PlanNode;
}

/** These have a row in all, or one for each living instance, AKOOL account or team, or as many for each AKOOL account as it may read a second. */
const SMALL = new Set([
  'meta',
  'secret',
  'instance',
  'account',
  'read_slot',
  'team_counter',
  'media_cursor',
]);

/** Indexes of what is not finished yet, whose beginning somebody looks at, or all of which somebody wants. */
const UNDER_WAY = new Set(['job_turn', 'media_copy_due', 'media_copy_leased', 'callback_open']);

/** A driver's client that writes down what it is asked, each text once with the first parameters that came with it. */
export function recordStatements() {
  const seen = new Map<string, unknown[]>();
  const note = (text: unknown, parameters: unknown): void => {
    if (typeof text !== 'string' || !/^\s*(with|select|insert|update|delete)\b/i.test(text)) return;
    if (!seen.has(text) && !FILLS_A_TABLE.test(text) && !EVERY_PURCHASE.test(text))
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

async function plansOf(
  url: string,
  statements: ReadonlyMap<string, unknown[]>,
): Promise<StatementPlan[]> {
  const client = new Client(url);
  await client.connect();
  try {
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

/** The tables and the indexes that are read from end to end, each with the statement. */
export function wholeReads({ statement, plan }: StatementPlan): string[] {
  const below = (plan.Plans ?? []).flatMap((each) => wholeReads({ statement, plan: each }));
  const name = wholeReadOf(plan);
  return name === null ? below : [`${name}: ${statement}`, ...below];
}

function wholeReadOf(plan: PlanNode): string | null {
  const { 'Relation Name': table = '', 'Index Name': index } = plan;
  if (index !== undefined)
    return plan['Index Cond'] === undefined && !UNDER_WAY.has(index) ? index : null;
  return plan['Node Type'] === 'Seq Scan' && !SMALL.has(table) ? table : null;
}
