import { useTeamJobs } from '../hooks/use-team-jobs.ts';
import { hrefOf } from '../hooks/use-route.ts';
import type { ListedJobFragment } from '../client/generated/graphql.ts';
import { Portrait } from './portrait.tsx';

const WORDS = { QUEUED: 'Waiting', PROCESSING: 'Running', COMPLETED: 'Ready', FAILED: 'Failed' };
const DAY = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const TIME = new Intl.DateTimeFormat('en', { timeStyle: 'short' });
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
              <Portrait key={pictureOf(job)} src={pictureOf(job)} alt="" />
              <span className="job-name">{nameOf(job)}</span>
              <span
                className="job-status"
                data-status={job.status}
                data-overdue={job.overdueSince !== null}
              >
                {stateOf(job)}
              </span>
              <span className="hint">
                {pageOf(job) === 'task' ? 'Video' : 'Analysis'} ·{' '}
                <time dateTime={job.createdAt}>{whenOf(job)}</time>
              </span>
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

/** The face that was given, or the first person found. */
function pictureOf(job: ListedJobFragment): string | null {
  if (job.__typename === 'HeadSwapTask') return job.mappings?.[0]?.faceUrl ?? null;
  const [person] = job.persons;
  return person?.storedPreview?.url ?? person?.previewUrl ?? null;
}

/** The last part of the video's address, as a person would call it. */
function nameOf(job: ListedJobFragment): string {
  const url = job.__typename === 'HeadSwapTask' ? job.sourceVideoUrl : job.videoUrl;
  const { pathname, hostname } = new URL(url);
  const name = pathname.split('/').at(-1) ?? '';
  return name === '' ? hostname : decode(name);
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The time alone for what was made today. */
function whenOf({ createdAt }: ListedJobFragment): string {
  const date = new Date(createdAt);
  const isToday = DAY.format(date) === DAY.format(new Date());
  return isToday ? TIME.format(date) : DAY.format(date);
}
