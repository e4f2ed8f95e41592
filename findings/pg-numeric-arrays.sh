#!/usr/bin/env bash
# node-postgres 8.23.1: a numeric is a string, so that no digit is lost, and the same numerics in an array are floating-point numbers.
#
# Its documentation has types without an exact counterpart in JavaScript arrive as strings, and numeric, int8 and int8[] do. numeric[]
# does not: digits beyond the sixteenth are rounded, and the scale (1.10) is gone, without an error. array_agg() of amounts makes one.
#
# Seen: numeric:   ["1.10","9007199254740993.01"]
#       numeric[]: [1.1,9007199254740994]
#       int8:      ["9007199254740993"]
#       int8[]:    ["9007199254740993"]
#
# `array_agg(amount::text)`, or a parser for the type 1231, keeps them. Ends with 0 when that is what it sees. Asks no server: it gives
# the text that Postgres sends to the parsers that node-postgres has for the types.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact pg@8.23.1
cat > look.js <<'JS'
import pg from 'pg';

const NUMERIC = 1700;
const NUMERIC_ARRAY = 1231;
const INT8 = 20;
const INT8_ARRAY = 1016;
const parsed = (type, text) => pg.types.getTypeParser(type, 'text')(text);
const show = (title, values) => console.log(`${title}: ${JSON.stringify(values)}`);
const amounts = ['1.10', '9007199254740993.01'];
show('numeric', amounts.map((amount) => parsed(NUMERIC, amount)));
show('numeric[]', parsed(NUMERIC_ARRAY, `{${amounts.join()}}`));
show('int8', [parsed(INT8, '9007199254740993')]);
show('int8[]', parsed(INT8_ARRAY, '{9007199254740993}'));
JS
node look.js | tee seen
diff seen - <<'SEEN'
numeric: ["1.10","9007199254740993.01"]
numeric[]: [1.1,9007199254740994]
int8: ["9007199254740993"]
int8[]: ["9007199254740993"]
SEEN
