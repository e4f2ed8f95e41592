import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A slow file that begins late would run alone at the end, so those go first. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('.slow.test.ts');
    const sorted = await super.sort(files);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
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
    sequence: { sequencer: SlowFirst },
    setupFiles: ['test/support/time/fixed-seed.ts'],
    globalSetup: [
      'test/support/processes/bundle-programs.ts',
      'test/support/postgres/keep-postgres.ts',
    ],
    include: ['test/**/*.test.ts'],
    // For a wait in vain alone. A test that takes seconds takes minutes on a machine that is busy enough.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
