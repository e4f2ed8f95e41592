#!/usr/bin/env bash
# Node 20.20.2 and 22.23.3: `URL.canParse` begins to answer false for a URL that is valid, once it has been called some thousand times: its host
# has a letter of Latin-1 beyond ASCII, as in `http://ä.example/`. `new URL` takes the same text all the while. When V8 has compiled
# the caller, it calls Node by another way, which reads such texts as if they were UTF-8. On Node 24.21.0 it stays true.
# Exits with 0 while that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > program.mjs <<'JS'
const text = 'http://\u00e4.example/';
const CALLS = 200_000;
let refused = 0;
for (let call = 0; call < CALLS; call += 1) if (!URL.canParse(text)) refused += 1;
console.log(`${new URL(text).href}: refused ${refused === 0 ? 'never' : 'later on'}, first ${
  refused === CALLS ? 'refused' : 'taken'
}`);
JS
outcome() {
  mkdir -p "$1" && npm install --prefix "$1" --silent --no-audit --no-fund --save-exact "node@$1"
  told=$("$1/node_modules/node/bin/node" program.mjs)
  echo "Node $1: $told"
}
for version in 20.20.2 22.23.3; do
  outcome "$version"
  [[ $told == 'http://xn--4ca.example/: refused later on, first taken' ]]
done
outcome 24.21.0
[[ $told == 'http://xn--4ca.example/: refused never, first taken' ]]
