import DataLoader from 'dataloader';
import fastify from 'fastify';
import mercurius from 'mercurius';
import { port } from './support/environment.ts';
import type { Task } from './support/task.ts';
import { typeDefinitions } from './support/type-definitions.ts';
import { readTask } from './support/upstream.ts';

/** Fastify and Mercurius, compiling from the first request on, and a loader for each request. */

interface Context {
  readonly tasks: DataLoader<string, Task>;
}

const app = fastify();
await app.register(mercurius, {
  schema: typeDefinitions,
  jit: 1,
  resolvers: {
    Query: {
      headSwapTask: (_source: unknown, { id }: { id: string }, context: unknown) =>
        (context as Context).tasks.load(id),
    },
  },
  context: (): Context => ({
    tasks: new DataLoader((ids: readonly string[]) => Promise.all(ids.map(readTask))),
  }),
});
await app.listen({ port, host: '127.0.0.1' });
