// Builds `dist` from `src` where the compiler is installed; an image without development dependencies brings its own.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = `${root}node_modules/typescript/bin/tsc`;

if (existsSync(compiler)) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', `${root}tsconfig.build.json`], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  cpSync(`${root}src/sandbox/files/assets`, `${root}dist/sandbox/files/assets`, {
    recursive: true,
  });
  const { removeStale } = await import('./remove-stale.mjs');
  removeStale(root);
  const { buildExplorer } = await import('./build-explorer.mjs');
  await buildExplorer(root);
} else if (!existsSync(`${root}dist/main.js`)) {
  process.stderr.write('There is nothing to run: npm ci installs what builds it.\n');
  process.exit(1);
}
