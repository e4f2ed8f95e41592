#!/usr/bin/env bash
# graphql-jit 0.8.9 against graphql 16.15.0: three valid operations whose variables a compiled query takes differently.
#
# - A variable that must not be null and has a default ($name: String! = "Ada") is demanded although the default stands for it.
# - A variable without a value, put into a field of an input object written in the operation, makes that field null; the
#   specification (3.10) leaves the field out, so that its own default counts.
# - A wrong value inside an input object is blamed on a variable named after the field, which the operation does not have.
#
# Seen: default of a variable: graphql {"name":"Ada"}
#                              compiled Variable "$name" of required type "String!" was not provided.
#       default of a field:    graphql {"size":{"width":5}}
#                              compiled {"size":{"width":null}}
#       a wrong field:         graphql Variable "$size" got invalid value "x" at "size.width"; ...
#                              compiled Variable "$width" got invalid value "x"; ...
#
# Whoever compiles queries coerces variables with graphql first. Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --no-audit --no-fund --silent --save-exact graphql@16.15.0 graphql-jit@0.8.9
cat > look.cjs <<'JS'
const { buildSchema, execute, parse, validate } = require('graphql');
const { compileQuery, isCompiledQuery } = require('graphql-jit');

const schema = buildSchema(`
  input Size { width: Int = 5 }
  type Query { echo(name: String, size: Size): String }
`);
schema.getQueryType().getFields().echo.resolve = (_source, args) => JSON.stringify(args);
const told = ({ data, errors }) => data?.echo ?? errors[0].message.replace(/;.*/, '; ...');

async function look(title, text, variables) {
  const document = parse(text);
  if (validate(schema, document).length > 0) throw new Error(`${title} is not valid`);
  const compiled = compileQuery(schema, document);
  if (!isCompiledQuery(compiled)) throw new Error(`${title} does not compile`);
  console.log(`${title}: graphql ${told(await execute({ schema, document, variableValues: variables }))}`);
  console.log(`${title}: compiled ${told(await compiled.query({}, {}, variables))}`);
}

(async () => {
  await look('default of a variable', 'query ($name: String! = "Ada") { echo(name: $name) }', {});
  await look('default of a field', 'query ($width: Int) { echo(size: { width: $width }) }', {});
  await look('a wrong field', 'query ($size: Size) { echo(size: $size) }', { size: { width: 'x' } });
})();
JS
node look.cjs | tee seen
diff seen - <<'SEEN'
default of a variable: graphql {"name":"Ada"}
default of a variable: compiled Variable "$name" of required type "String!" was not provided.
default of a field: graphql {"size":{"width":5}}
default of a field: compiled {"size":{"width":null}}
a wrong field: graphql Variable "$size" got invalid value "x" at "size.width"; ...
a wrong field: compiled Variable "$width" got invalid value "x"; ...
SEEN
