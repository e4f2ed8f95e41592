#!/usr/bin/env bash
# @photostructure/sqlite 1.2.1, which has the API of node:sqlite for versions of Node that lack it: a text ends at U+0000, on its way in
# and on its way out, without an error. Two keys that differ only behind one are the same to a UNIQUE constraint. node:sqlite of
# Node 24.21.0 keeps such a text whole, as does SQLite itself.
#
# Seen: @photostructure/sqlite: "a\u0000b" is stored as 61, "a" || char(0) || "b" is read as "a"
#       node:sqlite:            "a\u0000b" is stored as 610062, "a" || char(0) || "b" is read as "a\u0000b"
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact @photostructure/sqlite@1.2.1 node@24.21.0
cat > look.js <<'JS'
const [name] = process.argv.slice(2);
const { DatabaseSync } = await import(name);
const database = new DatabaseSync(':memory:');
const { stored } = database.prepare('SELECT hex(?) AS stored').get('a\0b');
const { read } = database.prepare("SELECT 'a' || char(0) || 'b' AS read").get();
console.log(`${name}: "a\\u0000b" is stored as ${stored}, "a" || char(0) || "b" is read as ${JSON.stringify(read)}`);
JS
{
  node_modules/.bin/node look.js @photostructure/sqlite
  node_modules/.bin/node --no-warnings look.js node:sqlite
} | tee seen
diff seen - <<'SEEN'
@photostructure/sqlite: "a\u0000b" is stored as 61, "a" || char(0) || "b" is read as "a"
node:sqlite: "a\u0000b" is stored as 610062, "a" || char(0) || "b" is read as "a\u0000b"
SEEN
