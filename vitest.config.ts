import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

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
    // Most tests wait for sockets, processes and disks, so a third worker finds the two cores of a small machine free.
    maxWorkers: 3,
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
