import { createClient } from 'graphql-sse';
import {
  WatchHeadSwapTaskDocument,
  type WatchHeadSwapTaskSubscription,
} from 'head-swap-client/operations';

type State = WatchHeadSwapTaskSubscription['headSwapTaskStatusChanged'];

/** Watches a task with the client of graphql-sse, to its end. */
export async function watchWithGraphqlSse(
  url: string,
  id: string,
  freshToken: () => Promise<string>,
  show: (state: State) => void,
): Promise<void> {
  const client = createClient({
    url,
    headers: async () => ({ authorization: `Bearer ${await freshToken()}` }),
  });
  const query = WatchHeadSwapTaskDocument.toString();
  const states = client.iterate<WatchHeadSwapTaskSubscription>({ query, variables: { id } });
  for await (const { data, errors } of states) {
    if (!data) throw new Error(errors?.[0]?.message ?? 'There was no answer.');
    show(data.headSwapTaskStatusChanged);
  }
}
