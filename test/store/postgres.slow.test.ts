import { expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import { impatient } from '../../src/store/postgres/postgres-pool.ts';
import { recordStatements, wholeReads } from '../support/postgres/postgres-plans.ts';
import { fillTables } from '../support/postgres/full-tables.ts';
import { newDatabase } from '../support/postgres/shared-postgres.ts';
import { describeStoreContract } from './contract/store.contract.ts';

const recorded = recordStatements();
let url = '';

describeStoreContract({
  name: 'Postgres',
  async open() {
    url = await newDatabase();
    const store = await openPostgresStore({
      url,
      Connection: recorded.Connection,
      timers: systemClock,
      monotonic: () => performance.now(),
      log: { debug() {}, info() {}, warn() {}, error() {} },
      // Crowds on a busy machine take long, which says nothing about what they find.
      patience: { ...impatient, connectMs: 30_000, statementMs: 30_000, answerMs: 40_000 },
    });
    return {
      store,
      // The server runs on this machine.
      now: () => Date.now(),
      async pass(milliseconds) {
        const end = Date.now() + milliseconds;
        while (Date.now() <= end) await new Promise((resolve) => setTimeout(resolve, 1));
      },
    };
  },
});

it('finds all that the contract asks by an index, among the work of months', async () => {
  await fillTables(url);
  const plans = await recorded.plans(url);
  expect(plans.length).toBeGreaterThan(60);
  expect(plans.flatMap(wholeReads)).toEqual([]);
  // What Postgres expects to take longer it compiles first, by its defaults, which takes longer than all of these.
  expect(plans.filter(({ plan }) => plan['Total Cost'] > 100_000)).toEqual([]);
});
