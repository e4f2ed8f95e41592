// Bundles the explorer, with GraphiQL and its editor, into `dist/explorer`, when its sources or a dependency have changed.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The editor's workers are programs of their own. */
const WORKERS = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
};

/** Writes main.js, main.css, editor.js, json.js and graphql.js. */
export async function buildExplorer(root) {
  const sources = join(root, 'packages/explorer/src');
  const output = join(root, 'dist/explorer');
  const key = keyOf(root, sources);
  if (readOrNull(join(output, 'key')) === key) return;
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { main: join(sources, 'main.tsx'), ...WORKERS },
    outdir: output,
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    loader: { '.ttf': 'dataurl' },
    define: { 'process.env.NODE_ENV': '"production"' },
    // The licences' own words, beside the programs.
    legalComments: 'external',
  });
  mkdirSync(output, { recursive: true });
  for (const { path, contents } of outputFiles) replace(path, contents);
  replace(join(output, 'key'), key);
}

function keyOf(root, sources) {
  const names = readdirSync(sources).sort();
  const files = [
    ...names.map((name) => join(sources, name)),
    join(root, 'package-lock.json'),
    join(root, 'scripts/build-explorer.mjs'),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest('hex');
}

function readOrNull(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Whole for whoever reads it meanwhile. */
function replace(file, contents) {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, file);
}
