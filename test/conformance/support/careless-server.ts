import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  buildSchema,
  execute,
  GraphQLError,
  MaxIntrospectionDepthRule,
  parse,
  specifiedRules,
  validate,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';

/** A GraphQL server that makes every mistake the auditor looks for; it proves that the checks find them. */
export async function startCarelessServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const types = Array.from({ length: 25 }, (_, n) => `type Filler${n} { next: Filler${n} }`);
  const schema = buildSchema(
    `type Query { hello: String } type Mutation { buy: Int } ${types.join(' ')}`,
  );
  const server: Server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
      if (request.headers.accept === 'text/html') {
        response.end('<title>GraphiQL</title>');
        return;
      }
      const isJson = request.headers['content-type'] === 'application/json';
      const form = isJson ? searchParams : new URLSearchParams(body);
      const asked: unknown = isJson
        ? JSON.parse(body)
        : { query: searchParams.get('query') ?? form.get('query') ?? '' };
      const answer = Array.isArray(asked)
        ? await Promise.all(asked.map((one) => answerTo(schema, one)))
        : await answerTo(schema, asked);
      response.end(JSON.stringify(answer));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answerTo(schema: GraphQLSchema, asked: unknown): Promise<object> {
  const { data, errors } = await executeText(schema, String(Reflect.get(Object(asked), 'query')));
  return {
    data,
    extensions: { stacktrace: [] },
    ...(errors && { errors: errors.map(tellAll) }),
  };
}

function tellAll({ message, stack }: GraphQLError): object {
  return { message, extensions: { exception: { stack } } };
}

async function executeText(schema: GraphQLSchema, text: string): Promise<ExecutionResult> {
  try {
    const document = parse(text);
    // Without graphql-js' own guard against introspection in circles, which not every server has.
    const rules = specifiedRules.filter((rule) => rule !== MaxIntrospectionDepthRule);
    const errors = validate(schema, document, rules);
    return errors.length > 0 ? { errors } : await execute({ schema, document });
  } catch (error) {
    return { errors: [new GraphQLError(String(error))] };
  }
}
