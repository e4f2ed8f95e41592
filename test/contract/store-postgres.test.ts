import { systemClock } from '../../src/runtime/clock.ts';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { newDatabase } from '../support/shared-postgres.ts';
import { describeStoreContract } from './store.contract.ts';

describeStoreContract({
  name: 'Postgres',
  async open() {
    const store = await openPostgresStore({
      url: await newDatabase(),
      timers: systemClock,
      monotonic: () => performance.now(),
      log: { debug() {}, info() {}, warn() {}, error() {} },
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
