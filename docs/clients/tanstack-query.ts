import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { GraphQLClient } from 'graphql-request';
import {
  ListJobsDocument,
  ReadOutputDocument,
  WatchHeadSwapTaskDocument,
} from 'head-swap-client/operations';
import { watchJob, type Subscribe } from 'head-swap-client/watch-job';

/** For useQuery, fetchQuery and the like. graphql-request takes the operations as strings. */
export function createQueries(url: string, token: () => string) {
  const client = new GraphQLClient(url, {
    headers: () => ({ authorization: `Bearer ${token()}` }),
  });
  return {
    jobs: (first = 20) =>
      queryOptions({
        queryKey: ['jobs', first],
        queryFn: () => client.request(ListJobsDocument.toString(), { first }),
      }),
    task: (id: string) =>
      queryOptions({
        queryKey: ['task', id],
        queryFn: async () =>
          (await client.request(ReadOutputDocument.toString(), { id })).headSwapTask,
      }),
  };
}

/** Watches a task in an effect, or anywhere else, and keeps its query fresh. Ends with the task, or when aborted. */
export async function keepTaskFresh(
  queries: ReturnType<typeof createQueries>,
  cache: QueryClient,
  subscribe: Subscribe,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const watch = watchJob({ subscribe, document: WatchHeadSwapTaskDocument, id, signal });
  const { queryKey } = queries.task(id);
  for await (const state of watch) {
    // What is on its way was asked before this, and would overwrite it.
    await cache.cancelQueries({ queryKey });
    cache.setQueryData(queryKey, (task) => task && { ...task, ...state });
  }
  // Everything else that a finished task has.
  await cache.invalidateQueries({ queryKey });
}
