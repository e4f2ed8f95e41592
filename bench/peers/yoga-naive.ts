import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { apiKey, baseUrl, port } from './support/environment.ts';
import { toTask } from './support/task.ts';
import { typeDefinitions } from './support/type-definitions.ts';

/** What a first afternoon with GraphQL Yoga brings: a fetch in each resolver. */

const schema = createSchema({
  typeDefs: typeDefinitions,
  resolvers: {
    Query: {
      async headSwapTask(_source: unknown, { id }: { id: string }) {
        const url = `${baseUrl}/api/open/v4/headswap/task/detail?_id=${id}`;
        const response = await fetch(url, { headers: { 'x-api-key': apiKey } });
        return toTask(await response.json());
      },
    },
  },
});

const yoga = createYoga({ schema, logging: false });
createServer((request, response) => void yoga(request, response)).listen(port, '127.0.0.1');
