#!/usr/bin/env bash
# graphql-jit 0.8.9: of a field that stands twice, once left out by @include, what fragments in the left-out one select is told.
#
# graphql 16.15.0 collects fields as the specification has it: a field that is left out takes its selection with it. The compiled query
# keeps the fields of fragments in that selection, so callers get what they excluded. Without the fragment both answer alike.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --no-audit --no-fund --silent graphql@16.15.0 graphql-jit@0.8.9

cat > run.cjs <<'JS'
const { buildSchema, execute, parse } = require('graphql');
const { compileQuery } = require('graphql-jit');

const schema = buildSchema('type Query { job: Job } type Job { id: ID status: String }');
const rootValue = { job: { id: '1', status: 'DONE' } };
const document = parse('query ($more: Boolean!) { job @include(if: $more) { ...More } job { id } } fragment More on Job { status }');

const variableValues = { more: false };
const plain = execute({ schema, document, rootValue, variableValues });
const compiled = compileQuery(schema, document).query(rootValue, {}, variableValues);
console.log(`graphql ${JSON.stringify(plain.data)}, graphql-jit ${JSON.stringify(compiled.data)}`);
JS

seen=$(node run.cjs)
echo "$seen"
[ "$seen" = 'graphql {"job":{"id":"1"}}, graphql-jit {"job":{"status":"DONE","id":"1"}}' ] || { echo 'This is no longer what was seen.'; exit 1; }
