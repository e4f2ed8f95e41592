#!/usr/bin/env bash
# @graphql-yoga/plugin-response-cache 3.26.1 with @graphql-yoga/plugin-persisted-operations 3.24.1 and graphql-yoga 5.24.1: three kinds
# of answers that are wrong, without an error.
#
# - Where the cache is named before the persisted operations, it makes its key before their text is known: operations that have
#   neither name nor variables all get the answer of the first of them. The other order of `plugins` is right.
# - An object whose `id` is null, or 0, is answered with a field that nobody selected.
# - An answer of null under an alias is kept for the global ttl, which has no end, instead of the ttl of its type.
#
# Seen: cache first:         first {"data":{"a":1}}, second {"data":{"a":1}}
#       operations first:    first {"data":{"a":1}}, second {"data":{"b":2}}
#       { none { name } }:   {"data":{"none":{"name":"x","__responseCacheId":null}}}
#       { zero { name } }:   {"data":{"zero":{"name":"x","__responseCacheId":0}}}
#       { job { id } }:      null, when its ttl is over {"id":"1"}
#       { my: job { id } }:  null, when its ttl is over null
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact @graphql-yoga/plugin-response-cache@3.26.1 \
  @graphql-yoga/plugin-persisted-operations@3.24.1 graphql-yoga@5.24.1 graphql@16.15.0
cat > look.js <<'JS'
import { createSchema, createYoga } from 'graphql-yoga';
import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { useResponseCache } from '@graphql-yoga/plugin-response-cache';

let job = null;
const schema = createSchema({
  typeDefs: `
    type Query { a: Int b: Int none: None zero: Zero job: Job }
    type None { id: ID name: String }
    type Zero { id: Int! name: String }
    type Job { id: ID! }
  `,
  resolvers: {
    Query: {
      a: () => 1,
      b: () => 2,
      none: () => ({ id: null, name: 'x' }),
      zero: () => ({ id: 0, name: 'x' }),
      job: () => job,
    },
  },
});
const operations = { first: '{ a }', second: '{ b }' };
const persisted = () => usePersistedOperations({ getPersistedOperation: (hash) => operations[hash] });
const cache = (options) => useResponseCache({ session: () => null, ...options });

async function ask(yoga, params) {
  const response = await yoga.fetch('http://localhost/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  return response.text();
}
const byHash = (sha256Hash) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });

for (const [title, plugins] of [
  ['cache first', [cache(), persisted()]],
  ['operations first', [persisted(), cache()]],
]) {
  const yoga = createYoga({ schema, plugins });
  const [first, second] = [await ask(yoga, byHash('first')), await ask(yoga, byHash('second'))];
  console.log(`${title}: first ${first}, second ${second}`);
}

for (const query of ['{ none { name } }', '{ zero { name } }'])
  console.log(`${query}: ${await ask(createYoga({ schema, plugins: [cache()] }), { query })}`);

for (const query of ['{ job { id } }', '{ my: job { id } }']) {
  const yoga = createYoga({ schema, plugins: [cache({ ttlPerSchemaCoordinate: { Job: 20 } })] });
  const told = async () => JSON.stringify(Object.values(JSON.parse(await ask(yoga, { query })).data)[0]);
  job = null;
  const before = await told();
  job = { id: '1' };
  await new Promise((resolve) => setTimeout(resolve, 200));
  console.log(`${query}: ${before}, when its ttl is over ${await told()}`);
}
JS
node look.js | tee seen
diff seen - <<'SEEN'
cache first: first {"data":{"a":1}}, second {"data":{"a":1}}
operations first: first {"data":{"a":1}}, second {"data":{"b":2}}
{ none { name } }: {"data":{"none":{"name":"x","__responseCacheId":null}}}
{ zero { name } }: {"data":{"zero":{"name":"x","__responseCacheId":0}}}
{ job { id } }: null, when its ttl is over {"id":"1"}
{ my: job { id } }: null, when its ttl is over null
SEEN
