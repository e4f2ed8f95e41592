import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A slow file that begins late would run alone at the end, so those go first. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isSlow = ({ moduleId }: TestSpecification): boolean =>
      /\.(?:slow|long)\.test\.ts$/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

interface ClientManifest {
  readonly exports: Readonly<Record<string, string>>;
}

/** Where the source of each entry of the client package is. */
function clientAliases(): { find: string; replacement: string }[] {
  const folder = new URL('packages/client/', import.meta.url);
  const manifest: ClientManifest = JSON.parse(
    readFileSync(new URL('package.json', folder), 'utf8'),
  );
  return Object.entries(manifest.exports)
    .filter(([, built]) => built.endsWith('.js'))
    .map(([entry, built]) => ({
      find: `head-swap-client${entry.slice(1)}`,
      replacement: fileURLToPath(
        new URL(built.replace('/dist/', '/src/').replace(/\.js$/, '.ts'), folder),
      ),
    }));
}

export default defineConfig({
  resolve: {
    // Vitest would otherwise load graphql once as CommonJS and once as a module, and `instanceof` would fail.
    alias: [
      {
        find: /^graphql$/,
        replacement: fileURLToPath(new URL('node_modules/graphql/index.js', import.meta.url)),
      },
      // The client package by the names that its users import.
      ...clientAliases(),
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
