import { createServer } from 'node:http';
import SchemaBuilder from '@pothos/core';
import DataLoader from 'dataloader';
import { createYoga } from 'graphql-yoga';
import { port } from './support/environment.ts';
import type { Task } from './support/task.ts';
import { readTask } from './support/upstream.ts';

/** GraphQL Yoga with its defaults, Pothos, a loader for each request and a connection pool. */

interface Context {
  readonly tasks: DataLoader<string, Task>;
}

const builder = new SchemaBuilder<{ Context: Context }>({});
const HeadSwapTask = builder.objectRef<Task>('HeadSwapTask').implement({
  fields: (t) => ({
    id: t.exposeID('id'),
    status: t.exposeString('status'),
    progress: t.exposeFloat('progress'),
    outputUrl: t.exposeString('outputUrl', { nullable: true }),
    resolution: t.exposeString('resolution', { nullable: true }),
    durationSeconds: t.exposeFloat('durationSeconds', { nullable: true }),
    fileName: t.exposeString('fileName', { nullable: true }),
  }),
});
builder.queryType({
  fields: (t) => ({
    headSwapTask: t.field({
      type: HeadSwapTask,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (_source, { id }, { tasks }) => tasks.load(id),
    }),
  }),
});

const yoga = createYoga({
  schema: builder.toSchema(),
  logging: false,
  context: (): Context => ({
    tasks: new DataLoader((ids: readonly string[]) => Promise.all(ids.map(readTask))),
  }),
});
createServer((request, response) => void yoga(request, response)).listen(port, '127.0.0.1');
