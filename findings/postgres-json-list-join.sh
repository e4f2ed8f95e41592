#!/usr/bin/env bash
# PostgreSQL 18.7, as PGlite 0.5.17: "what is new behind each of these places", asked with the places as JSON and a limit, reads the
# index of all changes from its beginning.
#
# Of what json_to_recordset() gives, the planner knows no number and takes it for 100 rows. A third of the table, it thinks, lies behind
# each place, so that walking through the index in the wanted order comes upon enough rows soonest. The condition on the index is lost:
# with one place near the end all 50,000 entries are read to find 10. Nothing tells; with small tables, and with `enable_seqscan = off`,
# the plan looks well, for an index is used.
#
# Seen: join:    50000 entries of the index read, condition: none
#       lateral: 10 entries of the index read, condition: ((feed = listed.feed) AND (sequence > listed.place))
#       unnest:  10 entries of the index read, condition: ((feed = listed.feed) AND (sequence > listed.place))
#
# A lateral subquery with a limit of its own for each place, or arrays, whose length the planner sees, keep the condition. Ends with 0
# when that is what it sees. PGlite is PostgreSQL compiled to WebAssembly; a server of version 18 does the same.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact @electric-sql/pglite@0.5.17
cat > look.js <<'JS'
import { PGlite } from '@electric-sql/pglite';

const database = await PGlite.create();
const { rows } = await database.query('show server_version');
console.log(rows[0].server_version);
await database.exec(`
  create table change (feed text, sequence int, what text not null, primary key (feed, sequence));
  insert into change select 'feed-' || feed, sequence, repeat('x', 100)
    from generate_series(0, 9) as feed, generate_series(1, 5000) as sequence;
  analyze change;`);

const indexScanOf = (plan) =>
  plan['Index Name'] ? plan : (plan.Plans ?? []).map(indexScanOf).find(Boolean);
const look = async (title, statement) => {
  const explained = await database.query(`explain (analyze, format json) ${statement}`);
  const scan = indexScanOf(explained.rows[0]['QUERY PLAN'][0].Plan);
  const entries = scan['Actual Rows'] * scan['Actual Loops'];
  console.log(`${title}: ${entries} entries of the index read, condition: ${scan['Index Cond'] ?? 'none'}`);
};

const columns = 'select change.feed, change.sequence';
const order = 'order by change.feed, change.sequence';
const isNew = 'change.feed = listed.feed and change.sequence > listed.place';
const json = `json_to_recordset('[{"feed":"feed-9","place":4990}]') as listed(feed text, place int)`;
const arrays = `unnest(array['feed-9'], array[4990]) as listed(feed, place)`;
const newOfEach = `select * from change where ${isNew} order by sequence limit 500`;
await look('join', `${columns} from ${json} join change on ${isNew} ${order} limit 500`);
await look('lateral', `${columns} from ${json} cross join lateral (${newOfEach}) as change ${order}`);
await look('unnest', `${columns} from ${arrays} join change on ${isNew} ${order} limit 500`);
JS
node look.js | tee seen
diff seen - <<'SEEN'
18.7
join: 50000 entries of the index read, condition: none
lateral: 10 entries of the index read, condition: ((feed = listed.feed) AND (sequence > listed.place))
unnest: 10 entries of the index read, condition: ((feed = listed.feed) AND (sequence > listed.place))
SEEN
