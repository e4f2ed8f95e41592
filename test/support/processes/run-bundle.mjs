import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { constants, Script } from 'node:vm';

/*
 * Runs the bundle beside this file from the code that V8 made of it in an earlier process: that takes half of what a start does
 * otherwise. bundle-programs.ts puts it there under the bundle's name.
 */
const bundleUrl = import.meta.url.replace(/mjs$/, 'cjs');
const bundle = fileURLToPath(bundleUrl);
const cache = `${bundle}.code`;
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
const script = new Script(readFileSync(bundle, 'utf8'), {
  filename: bundle,
  cachedData,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
script.runInThisContext()(createRequire(bundle), bundleUrl);

/** By then most of what a start needs has run, and is in it. */
function keepCode() {
  if (existsSync(cache)) return;
  const fresh = `${cache}.${process.pid}`;
  writeFileSync(fresh, script.createCachedData());
  renameSync(fresh, cache);
}
setTimeout(keepCode, 1000).unref();
process.once('exit', keepCode);
