import { createServer } from 'node:http';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { port } from './support/environment.ts';
import { followTasks, serveFollow } from './support/followed-tasks.ts';
import type { Task } from './support/task.ts';
import { typeDefinitions } from './support/type-definitions.ts';

/** GraphQL Yoga with graphql-ws as its documentation shows it, and its own server-sent events. */

const pubSub = createPubSub<{ task: [id: string, task: Task] }>();
const tasks = followTasks((task) => pubSub.publish('task', task.id, task));

async function* watch(id: string): AsyncGenerator<Task> {
  tasks.follow(id);
  const changes = pubSub.subscribe('task', id);
  const present = tasks.latest(id);
  if (present !== undefined) yield present;
  yield* changes;
}

const schema = createSchema({
  typeDefs: typeDefinitions,
  resolvers: {
    Subscription: {
      headSwapTaskStatusChanged: {
        subscribe: (_source: unknown, { id }: { id: string }) => watch(id),
        resolve: (task: Task) => task,
      },
    },
  },
});
const yoga = createYoga({ schema, logging: false });
const server = createServer((request, response) => {
  if (request.url === '/follow') void serveFollow(request, response, tasks);
  else void yoga(request, response);
});
const sockets = new WebSocketServer({ server, path: yoga.graphqlEndpoint });

type EnvelopedArguments = Record<'execute' | 'subscribe', (args: unknown) => unknown>;

useServer(
  {
    execute: (args: unknown) =>
      (args as { rootValue: EnvelopedArguments }).rootValue.execute(args) as never,
    subscribe: (args: unknown) =>
      (args as { rootValue: EnvelopedArguments }).rootValue.subscribe(args) as never,
    async onSubscribe(context, _id, params) {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      });
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length > 0 ? errors : args;
    },
  },
  sockets,
);
server.listen(port, '127.0.0.1');
