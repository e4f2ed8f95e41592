import { systemClock } from '../../src/runtime/clock.ts';
import { openPostgresStore } from '../../src/store/postgres/postgres.ts';
import { impatient } from '../../src/store/postgres/postgres-pool.ts';
import { newDatabase } from '../support/postgres/shared-postgres.ts';
import { describeStoreContract } from './contract/store.contract.ts';

describeStoreContract({
  name: 'Postgres',
  async open() {
    const store = await openPostgresStore({
      url: await newDatabase(),
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
