import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that start process after process, or wait for real time-outs, longest first. Begun late, one of them would run alone at the end. */
const LONG = [
  // Looks at the whole heap again and again, which takes long in a process that has run other files.
  'faults/watchers-ends.test.ts',
  'faults/fleet.test.ts',
  'faults/fleet-kills.test.ts',
  'faults/webhook-flood.test.ts',
  'faults/postgres-restart.test.ts',
  'e2e/fleet.test.ts',
  'faults/fleet-purchase.test.ts',
  'e2e/purchases-command.test.ts',
  'faults/fleet-store.test.ts',
  'faults/crash-signals.test.ts',
  'e2e/server-explorer-browser.test.ts',
  'e2e/demo.test.ts',
  'faults/crash-random.test.ts',
  'e2e/restart.test.ts',
  'faults/crash-disk-full.test.ts',
  'faults/postgres-poolers.test.ts',
  'e2e/webhook-cards.test.ts',
  'contract/store-postgres.test.ts',
  'faults/upstream-lies.test.ts',
  'faults/crash-create.test.ts',
  'e2e/npm-start.test.ts',
  'faults/crash-live-jobs.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const place = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}`));
      return place === -1 ? LONG.length : place;
    };
    return (await super.sort(files)).sort((one, other) => placeOf(one) - placeOf(other));
  }
}

export default defineConfig({
  resolve: {
    // Vitest would otherwise load graphql once as CommonJS and once as a module, and `instanceof` would fail.
    alias: [
      {
        find: /^graphql$/,
        replacement: fileURLToPath(new URL('node_modules/graphql/index.js', import.meta.url)),
      },
    ],
  },
  test: {
    // The SQLite driver aborts when a worker thread is ended.
    pool: 'forks',
    // No module keeps state, so that files can share a process and load the gateway's modules once.
    isolate: false,
    // Most tests wait for sockets, processes and disks, so a third worker finds the two cores of a small machine free.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    setupFiles: ['test/support/fixed-seed.ts'],
    globalSetup: ['test/support/bundle-programs.ts', 'test/support/keep-postgres.ts'],
    include: ['test/**/*.test.ts'],
    // For a wait in vain alone. A test that takes seconds takes minutes on a machine that is busy enough.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
