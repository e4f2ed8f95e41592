import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { PROGRAMS } from './programs.ts';

/**
 * Bundles the programs that tests start again and again, once for all test files: a file of its own starts in half the time
 * and CPU of the same modules one by one. Vitest runs this before the first test file, and what it returns after the last.
 */
export async function setup(): Promise<() => void> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  // As deep below the root as `src/app`, from where the gateway finds `schema`.
  const folder = `${root}node_modules/.test-programs-${process.pid}`;
  await build({
    entryPoints: {
      gateway: `${root}src/main.ts`,
      purchases: `${root}src/cli/purchases.ts`,
      'dying-gateway': `${root}test/support/dying-gateway.ts`,
      'store-writer': `${root}test/support/store-writer.ts`,
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // A native module, and pages that no test asks these programs for.
    external: ['@photostructure/sqlite', '@graphql-yoga/render-graphiql', 'pg-native'],
    // Dependencies that are CommonJS call `require`.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  process.env[PROGRAMS] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
