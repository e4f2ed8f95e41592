import { useTeamJobs } from '../hooks/use-team-jobs.ts';
import { hrefOf } from '../hooks/use-route.ts';
import type { ListedJobFragment } from '../client/generated/graphql.ts';

const WORDS = { QUEUED: 'Waiting', PROCESSING: 'Running', COMPLETED: 'Ready', FAILED: 'Failed' };
const TIME = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const MOST = 12;

export function JobsList({ openId }: { readonly openId: string | null }) {
  const jobs = useTeamJobs();
  return (
    <aside className="jobs" aria-labelledby="jobs-heading">
      <h2 id="jobs-heading">Your team’s jobs</h2>
      {jobs === null && <p className="hint">Loading…</p>}
      {jobs?.length === 0 && <p className="hint">Nothing yet. What you make shows up here.</p>}
      <ul>
        {jobs?.slice(0, MOST).map((job) => (
          <li key={job.id}>
            <a
              href={hrefOf({ page: pageOf(job), id: job.id })}
              aria-current={job.id === openId ? 'page' : undefined}
            >
              <span className="job-kind">{pageOf(job) === 'task' ? 'Video' : 'Analysis'}</span>
              <span className="job-status" data-status={job.status}>
                {stateOf(job)}
              </span>
              <time className="hint" dateTime={job.createdAt}>
                {TIME.format(new Date(job.createdAt))}
              </time>
            </a>
          </li>
        ))}
      </ul>
    </aside>
  );
}

function pageOf({ __typename }: ListedJobFragment): 'analysis' | 'task' {
  return __typename === 'HeadSwapTask' ? 'task' : 'analysis';
}

function stateOf({ status, progress, overdueSince }: ListedJobFragment): string {
  if (overdueSince !== null) return 'Overdue';
  return status === 'PROCESSING' ? `${Math.round(progress)} %` : WORDS[status];
}
