#!/usr/bin/env bash
# range-parser 1.2.1, which send and so Express' file servers ask what a Range header wants, on a file of 100 bytes: the end of a
# file that is asked for (`bytes=-N`), where N is more than the file has.
#
# RFC 9110, 14.1.2: "If the selected representation is shorter than the specified suffix-length, the entire representation is used."
# It answers -1, unsatisfiable, so that the reader is told 416 of a file that it may have whole.
#
# Seen: bytes=-5    95-99
#       bytes=-100  0-99
#       bytes=-101  unsatisfiable
#
# Players ask for the last 64 KB, say, of any file. Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact range-parser@1.2.1
cat > look.js <<'JS'
import parseRange from 'range-parser';

for (const header of ['bytes=-5', 'bytes=-100', 'bytes=-101']) {
  const ranges = parseRange(100, header);
  const told = ranges === -1 ? 'unsatisfiable' : `${ranges[0].start}-${ranges[0].end}`;
  console.log(header.padEnd(11), told);
}
JS
node look.js | tee seen
diff seen - <<'SEEN'
bytes=-5    95-99
bytes=-100  0-99
bytes=-101  unsatisfiable
SEEN
