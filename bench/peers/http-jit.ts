import { createServer } from 'node:http';
import DataLoader from 'dataloader';
import { buildSchema, parse, validate } from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import { readBody } from './support/body.ts';
import { port } from './support/environment.ts';
import type { Task } from './support/task.ts';
import { typeDefinitions } from './support/type-definitions.ts';
import { readTask } from './support/upstream.ts';

/** No framework: node:http, graphql-jit, and a loader for each request. */

interface Context {
  readonly tasks: DataLoader<string, Task>;
}

const schema = buildSchema(typeDefinitions);
const field = schema.getQueryType()?.getFields()['headSwapTask'];
if (field === undefined) throw new Error('The schema has no headSwapTask.');
field.resolve = (_source, { id }: { id: string }, { tasks }: Context) => tasks.load(id);

const compiled = new Map<string, CompiledQuery>();

function compile(query: string): CompiledQuery {
  const known = compiled.get(query);
  if (known !== undefined) return known;
  const document = parse(query);
  const [error] = validate(schema, document);
  if (error !== undefined) throw error;
  const fresh = compileQuery(schema, document);
  if (!isCompiledQuery(fresh)) throw new Error('The document cannot be compiled.');
  compiled.set(query, fresh);
  return fresh;
}

createServer((request, response) => {
  readBody(request)
    .then(async (text) => {
      const { query, variables } = JSON.parse(text) as { query: string; variables?: object };
      const tasks = new DataLoader((ids: readonly string[]) => Promise.all(ids.map(readTask)));
      const run = compile(query);
      const result = await run.query({}, { tasks } satisfies Context, variables ?? {});
      const body = JSON.stringify(result);
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    })
    .catch(() => response.writeHead(400).end());
}).listen(port, '127.0.0.1');
