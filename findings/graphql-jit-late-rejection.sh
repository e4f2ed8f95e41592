#!/usr/bin/env bash
# graphql-jit 0.8.9: a list of promises whose last one rejects while an earlier one is pending loses that place.
#
# graphql 16.15.0 answers null there, as the specification has it: { "late": ["a", null] }. The compiled query answers a list that is
# one shorter, ["a"], with the error at its path. When every promise has settled before it is asked, and when the list holds an Error
# in the place of the promise, both answer alike. Whoever compiles queries settles such lists in the resolver.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --no-audit --no-fund --silent graphql@16.15.0 graphql-jit@0.8.9
cat > ask.cjs << 'JS'
const { execute, GraphQLList, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } = require('graphql');
const { compileQuery } = require('graphql-jit');
const soon = () => new Promise((resolve) => setTimeout(resolve, 20, 'a'));
const lists = {
  late: () => [soon(), Promise.reject(new Error('no'))],
  settled: () => Promise.all([soon(), Promise.reject(new Error('no')).catch((error) => error)]),
};
const fields = Object.entries(lists).map(([name, resolve]) => [name, { type: new GraphQLList(GraphQLString), resolve }]);
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: Object.fromEntries(fields) }),
});
(async () => {
  for (const name of Object.keys(lists)) {
    const document = parse(`{ ${name} }`);
    const plain = await execute({ schema, document });
    const compiled = await compileQuery(schema, document).query(undefined, undefined, {});
    console.log(`${name}: graphql ${JSON.stringify(plain.data[name])}, graphql-jit ${JSON.stringify(compiled.data[name])}`);
  }
})();
JS
seen=$(node ask.cjs)
echo "$seen"
[ "$seen" = 'late: graphql ["a",null], graphql-jit ["a"]
settled: graphql ["a",null], graphql-jit ["a",null]' ] || { echo 'This is no longer what was seen.'; exit 1; }
