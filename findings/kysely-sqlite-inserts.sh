#!/usr/bin/env bash
# kysely 0.28.19 with its SqliteDialect, better-sqlite3 12.11.1: two inserts that do not say what they did.
#
# - `insertId`, "the auto incrementing primary key of the inserted row", of an insert that `onConflict(...).doNothing()` kept from
#   inserting is the key of whatever row that connection inserted last, be it in another table. Kysely's documentation says that
#   it "can be undefined" then. `numInsertedOrUpdatedRows` of 0 tells.
# - Of rows that are inserted together and name different columns, a row that leaves a column out has NULL in it. Alone the same row
#   has the column's default. (Kysely writes DEFAULT there for Postgres; SQLite does not know that word.)
#
# Seen: nothing inserted:     insertId 42, which is the key of another table's row; rows 0
#       rows one by one:      [["a","queued"],["b","done"]]
#       the same at one time: [["a",null],["b","done"]]
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact kysely@0.28.19 better-sqlite3@12.11.1
cat > look.js <<'JS'
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';

const database = new Database(':memory:');
database.exec(`
  CREATE TABLE event (id INTEGER PRIMARY KEY);
  CREATE TABLE job (id INTEGER PRIMARY KEY, name TEXT UNIQUE, status TEXT DEFAULT 'queued');
`);
const db = new Kysely({ dialect: new SqliteDialect({ database }) });
const insert = (values) => db.insertInto('job').values(values);
const rows = [{ name: 'a' }, { name: 'b', status: 'done' }];

async function inserted(title) {
  const found = await db.selectFrom('job').select(['name', 'status']).orderBy('name').execute();
  console.log(`${title}: ${JSON.stringify(found.map(({ name, status }) => [name, status]))}`);
  await db.deleteFrom('job').execute();
}

await insert({ name: 'a' }).execute();
await db.insertInto('event').values({ id: 42 }).execute();
const { insertId, numInsertedOrUpdatedRows } = await insert({ name: 'a' })
  .onConflict((conflict) => conflict.doNothing())
  .executeTakeFirstOrThrow();
console.log(`nothing inserted: insertId ${insertId}, rows ${numInsertedOrUpdatedRows}`);
await db.deleteFrom('job').execute();

for (const row of rows) await insert(row).execute();
await inserted('rows one by one');
await insert(rows).execute();
await inserted('the same at one time');
await db.destroy();
JS
node look.js | tee seen
diff seen - <<'SEEN'
nothing inserted: insertId 42, rows 0
rows one by one: [["a","queued"],["b","done"]]
the same at one time: [["a",null],["b","done"]]
SEEN
