#!/usr/bin/env bash
# graphql 16.15.0 (findBreakingChanges, findDangerousChanges) and @graphql-inspector/core 8.0.0 (diff): changes of a schema after which
# valid operations are no longer valid, and which are not called breaking.
#
# - An argument or input field that must not be null loses its default, so that it must be given from now on (5.4.2.1 and 5.6.4 of
#   the specification). Of the argument both say "dangerous"; of the input field graphql says nothing at all.
# - An input becomes @oneOf: graphql says nothing, GraphQL Inspector says "breaking".
#
# Seen: argument loses its default:    query no longer valid; graphql DANGEROUS; inspector DANGEROUS
#       input field loses its default: query no longer valid; graphql nothing; inspector DANGEROUS
#       input becomes @oneOf:          query no longer valid; graphql nothing; inspector BREAKING
#       required argument is new:      query no longer valid; graphql BREAKING; inspector BREAKING
#
# Whoever gates releases on "breaking" lets those through. Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact @graphql-inspector/core@8.0.0 graphql@16.15.0
cat > look.js <<'JS'
import { diff } from '@graphql-inspector/core';
import { buildSchema, findBreakingChanges, findDangerousChanges, parse, validate } from 'graphql';

async function look(title, query, before, after) {
  const [old, changed] = [buildSchema(before), buildSchema(after)];
  const document = parse(query);
  if (validate(old, document).length > 0) throw new Error(`${query} was never valid`);
  const valid = validate(changed, document).length === 0 ? 'still' : 'no longer';
  let graphql = 'nothing';
  if (findDangerousChanges(old, changed).length > 0) graphql = 'DANGEROUS';
  if (findBreakingChanges(old, changed).length > 0) graphql = 'BREAKING';
  const levels = (await diff(old, changed)).map(({ criticality }) => criticality.level);
  const inspector = ['BREAKING', 'DANGEROUS', 'NON_BREAKING'].find((level) => levels.includes(level));
  console.log(`${title}: query ${valid} valid; graphql ${graphql}; inspector ${inspector ?? 'nothing'}`);
}

await look(
  'argument loses its default',
  '{ jobs }',
  'type Query { jobs(first: Int! = 10): Int }',
  'type Query { jobs(first: Int!): Int }',
);
const page = (field, directive = '') =>
  `input Page ${directive} { ${field} after: ID } type Query { jobs(page: Page): Int }`;
await look(
  'input field loses its default',
  '{ jobs(page: { after: "1" }) }',
  page('first: Int! = 10'),
  page('first: Int!'),
);
await look(
  'input becomes @oneOf',
  '{ jobs(page: { first: 1, after: "1" }) }',
  page('first: Int'),
  page('first: Int', '@oneOf'),
);
await look(
  'required argument is new',
  '{ jobs }',
  'type Query { jobs: Int }',
  'type Query { jobs(first: Int!): Int }',
);
JS
node look.js | tee seen
diff seen - <<'SEEN'
argument loses its default: query no longer valid; graphql DANGEROUS; inspector DANGEROUS
input field loses its default: query no longer valid; graphql nothing; inspector DANGEROUS
input becomes @oneOf: query no longer valid; graphql nothing; inspector BREAKING
required argument is new: query no longer valid; graphql BREAKING; inspector BREAKING
SEEN
