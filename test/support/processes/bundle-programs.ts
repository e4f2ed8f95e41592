import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { buildExplorer } from '../../../scripts/build-explorer.mjs';
import { PROGRAMS } from './programs.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Operators' commands. */
const COMMANDS = ['purchases', 'backup', 'restore'] as const;

const options: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  // Native modules.
  external: ['@photostructure/sqlite', 'pg-native'],
  logLevel: 'error',
};

/**
 * Bundles the programs that tests start again and again, once for all test files: a file of its own starts in half the time
 * and CPU of the same modules one by one, and from cached code in half of that. Bundles the explorer, too, unless it is there.
 * Vitest runs this before the first test file, and what it returns after the last.
 */
export async function setup(): Promise<() => void> {
  // As deep below the root as `src/app`, from where the gateway finds `schema`.
  const folder = `${root}node_modules/.test-programs-${process.pid}`;
  await Promise.all([
    buildExplorer(root),
    build({
      ...options,
      entryPoints: {
        gateway: `${root}src/main.ts`,
        ...Object.fromEntries(COMMANDS.map((name) => [name, `${root}src/cli/${name}.ts`])),
      },
      outdir: folder,
      outExtension: { '.js': '.cjs' },
      format: 'cjs',
      // See run-bundle.mjs.
      banner: { js: '(function (require, bundleUrl) {' },
      footer: { js: '})' },
      define: { 'import.meta.url': 'bundleUrl' },
    }),
    build({
      ...options,
      entryPoints: {
        'dying-gateway': `${root}test/support/gateway/dying-gateway.ts`,
        'streaming-server': `${root}test/support/processes/streaming-server.ts`,
        'store-writer': `${root}test/support/jobs/store-writer.ts`,
      },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      format: 'esm',
      // Dependencies that are CommonJS call `require`.
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    }),
  ]);
  for (const name of ['gateway', ...COMMANDS]) {
    copyFileSync(`${root}test/support/processes/run-bundle.mjs`, `${folder}/${name}.mjs`);
  }
  process.env[PROGRAMS] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
