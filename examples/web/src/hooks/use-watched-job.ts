import { useEffect, useState } from 'react';
import { watchJob, type JobSubscription } from 'head-swap-client/watch-job';
import { connection, subscribe } from '../client/gateway.ts';
import type { JobStatus } from '../client/generated/graphql.ts';

interface WatchableJob {
  readonly id: string;
  readonly status: JobStatus;
  readonly version: number;
}

export interface WatchedJob<Job> {
  /** Null: nothing came yet. */
  readonly job: Job | null;
  /** Why it cannot be watched, for people; null: it is, or it has ended. */
  readonly problem: string | null;
}

/** A job's states as they come, through every cut. Mount it with the id as the key. */
export function useWatchedJob<Job extends WatchableJob>(
  document: JobSubscription<Record<string, Job>>,
  id: string,
): WatchedJob<Job> {
  const [watched, setWatched] = useState<WatchedJob<Job>>({ job: null, problem: null });
  useEffect(() => {
    const leaving = new AbortController();
    const watch = async (): Promise<void> => {
      const states = watchJob({
        subscribe,
        document,
        id,
        signal: leaving.signal,
        onCut: () => connection.report('reconnecting'),
      });
      for await (const job of states) setWatched({ job, problem: null });
    };
    watch().catch((error: unknown) => {
      const problem = error instanceof Error ? error.message : 'It cannot be watched.';
      setWatched(({ job }) => ({ job, problem }));
    });
    return () => leaving.abort();
  }, [document, id]);
  return watched;
}
