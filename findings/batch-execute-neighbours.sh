#!/usr/bin/env bash
# @graphql-tools/batch-execute 10.3.2, which gateways of stitched schemas merge queries to one service with (`batch: true`): a query loses
# its answer when one that happened to be merged with it fails.
#
# When a field of the query type that must not be null is null, the service answers `data: null` to the merged query. The error is given
# to the query that asked for that field; its neighbours get `{ "data": null }` without an error, though each of them alone has an answer.
# By the specification (7.1), a result whose data is null has errors. What asks such a service through a gateway sees null where there
# is a value.
#
# Seen: { required } alone:  data null, Cannot return null for non-nullable field Query.required.
#       { job } alone:       data {"job":"1"}, no error
#       { required } merged: data null, Cannot return null for non-nullable field Query.required.
#       { job } merged:      data null, no error
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact @graphql-tools/batch-execute@10.3.2 graphql@16.15.0
cat > look.js <<'JS'
import { createBatchingExecutor } from '@graphql-tools/batch-execute';
import { buildSchema, execute, parse } from 'graphql';

const schema = buildSchema('type Query { required: ID! job: ID }');
const rootValue = { required: null, job: '1' };
let sent = 0;
const alone = ({ document, variables }) => {
  sent += 1;
  return execute({ schema, document, rootValue, variableValues: variables });
};
const merged = createBatchingExecutor(alone);
const queries = ['{ required }', '{ job }'];
for (const [title, executor, requests] of [['alone', alone, 2], ['merged', merged, 1]]) {
  sent = 0;
  const results = await Promise.all(queries.map((query) => executor({ document: parse(query) })));
  if (sent !== requests) throw new Error(`${sent} requests`);
  for (const [at, { data, errors }] of results.entries()) {
    const error = errors?.map(({ message }) => message).join() ?? 'no error';
    console.log(`${queries[at]} ${title}: data ${JSON.stringify(data)}, ${error}`);
  }
}
JS
node look.js | tee seen
diff seen - <<'SEEN'
{ required } alone: data null, Cannot return null for non-nullable field Query.required.
{ job } alone: data {"job":"1"}, no error
{ required } merged: data null, Cannot return null for non-nullable field Query.required.
{ job } merged: data null, no error
SEEN
