#!/usr/bin/env bash
# @graphql-yoga/plugin-response-cache 3.26.1 with graphql-yoga 5.24.1: conditional requests, against RFC 9110.
#
# - The ETag has no quotation marks, so it is no entity-tag (8.8.3). Nor is it found in a list of them (13.1.2).
# - With If-None-Match, If-Modified-Since must be ignored (13.1.3). Here a matching ETag with an older date is answered with the body.
# - If-None-Match is looked up among all stored answers, whatever the request asks for: another query is answered with 304, as if what
#   the client keeps were its answer.
# - A mutation is answered with 304 too, and is not carried out; 304 is for GET and HEAD (13.1.2), others get 412.
#
# Seen: ETag:                         not quoted
#       the ETag:                     304
#       the ETag in a list:           200 {"data":{"jobs":1}}
#       the ETag and an older date:   200 {"data":{"jobs":1}}
#       the ETag, another query:      304
#       the ETag, a mutation by POST: 304, carried out 0 times
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact \
  @graphql-yoga/plugin-response-cache@3.26.1 graphql-yoga@5.24.1 graphql@16.15.0
cat > look.js <<'JS'
import { createSchema, createYoga } from 'graphql-yoga';
import { useResponseCache } from '@graphql-yoga/plugin-response-cache';

let created = 0;
const schema = createSchema({
  typeDefs: 'type Query { jobs: Int files: Int } type Mutation { create: Int }',
  resolvers: {
    Query: { jobs: () => 1, files: () => 2 },
    Mutation: { create: () => (created += 1) },
  },
});
const yoga = createYoga({ schema, plugins: [useResponseCache({ session: () => null })] });
const told = async (response) => `${response.status} ${await response.text()}`.trim();
const get = (query, headers) =>
  yoga.fetch(`http://localhost/graphql?query=${encodeURIComponent(query)}`, { headers });

const first = await get('{ jobs }', {});
const etag = first.headers.get('etag');
await first.text();
console.log(`ETag: ${etag.startsWith('"') || etag.startsWith('W/"') ? 'quoted' : 'not quoted'}`);
const match = { 'if-none-match': etag };
const older = { ...match, 'if-modified-since': 'Mon, 02 Nov 2020 08:00:00 GMT' };
console.log(`the ETag: ${await told(await get('{ jobs }', match))}`);
console.log(`the ETag in a list: ${await told(await get('{ jobs }', { 'if-none-match': `"other", ${etag}` }))}`);
console.log(`the ETag and an older date: ${await told(await get('{ jobs }', older))}`);
console.log(`the ETag, another query: ${await told(await get('{ files }', match))}`);
const posted = await yoga.fetch('http://localhost/graphql', {
  method: 'POST',
  headers: { 'content-type': 'application/json', ...match },
  body: JSON.stringify({ query: 'mutation { create }' }),
});
console.log(`the ETag, a mutation by POST: ${await told(posted)}, carried out ${created} times`);
JS
node look.js | tee seen
diff seen - <<'SEEN'
ETag: not quoted
the ETag: 304
the ETag in a list: 200 {"data":{"jobs":1}}
the ETag and an older date: 200 {"data":{"jobs":1}}
the ETag, another query: 304
the ETag, a mutation by POST: 304, carried out 0 times
SEEN
