import { RESTDataSource } from '@apollo/datasource-rest';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { apiKey, baseUrl, port } from './support/environment.ts';
import { toTask, type Task } from './support/task.ts';
import { typeDefinitions } from './support/type-definitions.ts';

/** Apollo Server with its standalone server and the data source that its documentation recommends for REST. */

class AkoolApi extends RESTDataSource {
  override baseURL = baseUrl;

  async task(id: string): Promise<Task> {
    const path = '/api/open/v4/headswap/task/detail';
    return toTask(await this.get(path, { params: { _id: id }, headers: { 'x-api-key': apiKey } }));
  }
}

interface Context {
  readonly api: AkoolApi;
}

const server = new ApolloServer<Context>({
  typeDefs: typeDefinitions,
  resolvers: {
    Query: {
      headSwapTask: (_source: unknown, { id }: { id: string }, { api }: Context) => api.task(id),
    },
  },
});
await startStandaloneServer(server, {
  listen: { port, host: '127.0.0.1' },
  context: () => Promise.resolve({ api: new AkoolApi({ cache: server.cache }) }),
});
