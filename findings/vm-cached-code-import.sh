#!/usr/bin/env bash
# Node 20.20.2: a `vm.Script` that is made from cached code cannot `import()`, although it is told to by
# `importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER`, and although the cached code is not rejected. The same
# script without cached code can. It fails with ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING, the first time that the code runs from a
# cache, so in every process but the first. On Node 22.23.3 the same program imports either way.
# Seen with a bundle that holds @opentelemetry/exporter-trace-otlp-proto 0.223.1, which does `import('http')` when it first exports.
# Exits with 0 while that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > program.mjs <<'JS'
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, Script } from 'node:vm';

const [cache] = process.argv.slice(2);
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
const script = new Script(`(async () => typeof (await import('node:http')).request)`, {
  filename: 'bundle.cjs',
  cachedData,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const told = await script.runInThisContext()().catch(({ code }) => code);
if (cachedData === undefined) writeFileSync(cache, script.createCachedData());
console.log(`${told}${script.cachedDataRejected === true ? ', rejected' : ''}`);
JS
outcome() {
  mkdir -p "$1" && npm install --prefix "$1" --silent --no-audit --no-fund --save-exact "node@$1"
  local node="$1/node_modules/node/bin/node"
  first=$("$node" --no-warnings program.mjs "$1.code")
  second=$("$node" --no-warnings program.mjs "$1.code")
  echo "Node $("$node" --version): fresh code: $first | cached code: $second"
}
outcome 20.20.2
[[ $first == function && $second == ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING ]]
outcome 22.23.3
[[ $first == function && $second == function ]]
