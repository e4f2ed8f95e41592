import { useEffect, useState } from 'react';
import { client, connection, subscribe } from '../client/gateway.ts';
import { documentOf } from '../client/document-of.ts';
import {
  ListJobsOfTeamDocument,
  WatchJobsOfTeamDocument,
  type ListedJobFragment,
  type WatchJobsOfTeamSubscription,
} from '../client/generated/graphql.ts';

const LIST_JOBS = documentOf(ListJobsOfTeamDocument);
const LONGEST_WAIT_MS = 10_000;

/** The team's jobs, newest first, kept up by its feed. Null: not known yet. */
export function useTeamJobs(): readonly ListedJobFragment[] | null {
  const [jobs, setJobs] = useState<readonly ListedJobFragment[] | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    void follow(leaving.signal, (update) => setJobs((present) => update(present ?? [])));
    return () => leaving.abort();
  }, []);
  return jobs;
}

type Update = (jobs: readonly ListedJobFragment[]) => readonly ListedJobFragment[];

/** Lists first, then watches after the cursor of the list; a cut goes on after the last event seen. */
async function follow(signal: AbortSignal, tell: (update: Update) => void): Promise<void> {
  let after: string | null = null;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (after === null) {
        const { data, error } = await client.query(LIST_JOBS, {}).toPromise();
        if (data === undefined) throw error;
        after = data.jobStatusCursor;
        const listed = [...data.analyses.edges, ...data.headSwapTasks.edges];
        tell((jobs) => listed.reduce((all, { node }) => withJob(all, node), jobs));
      }
      const variables: { after: string } = { after };
      const events = subscribe<WatchJobsOfTeamSubscription>(
        { query: WatchJobsOfTeamDocument.toString(), variables },
        signal,
      );
      for await (const { data, errors } of events) {
        if (data == null) throw new Error(errors?.[0]?.message);
        failures = 0;
        const { cursor, job }: WatchJobsOfTeamSubscription['jobStatusChanged'] =
          data.jobStatusChanged;
        after = cursor;
        tell((jobs) => withJob(jobs, job));
      }
    } catch (error) {
      if (signal.aborted) return;
      // What the gateway refuses may be the cursor: begin with a fresh list.
      if (!(error instanceof Error && error.name === 'SubscriptionCut')) after = null;
      connection.report('reconnecting');
    }
    failures += 1;
    const most = Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures);
    await new Promise((resolve) => setTimeout(resolve, most * (0.5 + Math.random() / 2)));
  }
}

/** A late answer never takes the place of a newer one. */
function withJob(
  jobs: readonly ListedJobFragment[],
  job: ListedJobFragment,
): readonly ListedJobFragment[] {
  const known = jobs.find(({ id }) => id === job.id);
  if (known !== undefined && known.version >= job.version) return jobs;
  return [...jobs.filter(({ id }) => id !== job.id), job].sort((one, other) =>
    other.createdAt.localeCompare(one.createdAt),
  );
}
