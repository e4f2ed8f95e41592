#!/usr/bin/env bash
# Node 20.20.2, 22.23.3 and 24.21.0: `process.nextTick` takes several times as long, as long as the process lives, once garbage was collected at a moment
# at which no tick was pending. Any full collection does it, such as those of a process at rest. Where one of the objects that Node
# makes for each tick is kept (a hook of node:async_hooks is handed them), ticks take what they took.
#
# Node makes these objects with keys that are symbols in variables. V8 remembers the shape of such an object weakly, forgets it with the
# last object, finds another at the next, and takes the slow way for good.
# Exits with 0 while that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > program.mjs <<'JS'
import { createHook } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';

const TICKS = 1_000_000;
let kept;
if (process.argv[2] === 'keep') {
  const hook = createHook({ init: (_id, type, _by, tick) => { if (type === 'TickObject') kept = tick; } }).enable();
  process.nextTick(() => {});
  hook.disable();
}
const ticks = () =>
  new Promise((resolve) => {
    let left = TICKS;
    const tick = () => { if ((left -= 1) === 0) resolve(); else process.nextTick(tick); };
    process.nextTick(tick);
  });
const timeOf = async () => {
  const before = process.cpuUsage();
  await ticks();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};
const least = async () => Math.min(await timeOf(), await timeOf(), await timeOf());
const before = await least();
for (let collection = 0; collection < 3; collection += 1) { globalThis.gc(); await pause(50); }
const ratio = (await least()) / before;
console.log(`${ratio > 2 ? 'slower' : 'as before'} (${ratio.toFixed(1)} times), ${kept === undefined ? 'nothing' : 'one'} kept`);
JS
outcome() {
  told=$("$1/node_modules/node/bin/node" --expose-gc program.mjs "$2")
  echo "Node $1: $told"
}
for version in 20.20.2 22.23.3 24.21.0; do
  mkdir -p "$version" && npm install --prefix "$version" --silent --no-audit --no-fund --save-exact "node@$version"
  outcome "$version" ''
  [[ $told == 'slower ('*'nothing kept' ]]
  outcome "$version" keep
  [[ $told == 'as before ('*'one kept' ]]
done
