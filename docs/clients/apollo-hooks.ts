import { useQuery, useSubscription } from '@apollo/client/react';
import {
  ReadOutputDocument,
  WatchHeadSwapTaskDocument,
  WatchTeamDocument,
} from 'head-swap-client/documents';

/** A task as it is now, and as it changes. */
export function useTask(id: string) {
  // The query is answered at once; the subscription writes what follows into the same place of the cache.
  const { data, error } = useQuery(ReadOutputDocument, { variables: { id } });
  const watch = useSubscription(WatchHeadSwapTaskDocument, {
    variables: { id },
    // What it brings is seen through the query.
    ignoreResults: true,
  });
  return { task: data?.headSwapTask, error: error ?? watch.error };
}

/** Keeps the jobs of every list on the page fresh. `cursor` is the jobStatusCursor that came with them. */
export function useTeamFeed(cursor: string) {
  useSubscription(WatchTeamDocument, { variables: { after: cursor }, ignoreResults: true });
}
