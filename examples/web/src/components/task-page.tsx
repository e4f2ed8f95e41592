import { WatchTaskPageDocument } from '../client/generated/graphql.ts';
import { useWatchedJob } from '../hooks/use-watched-job.ts';
import { hrefOf } from '../hooks/use-route.ts';
import { JobTroubles } from './job-troubles.tsx';
import { Notice } from './notice.tsx';
import { Output } from './output.tsx';
import { PageHeading } from './page-heading.tsx';
import { Progress } from './progress.tsx';
import { Swaps } from './swaps.tsx';

const HEADINGS = {
  QUEUED: 'Waiting for its turn',
  PROCESSING: 'Making your video',
  COMPLETED: 'Your video is ready',
  FAILED: 'This did not work out',
};

const STATES = { QUEUED: 'In the queue', PROCESSING: 'Swapping faces' };

export function TaskPage({ id }: { readonly id: string }) {
  const { job, problem } = useWatchedJob(WatchTaskPageDocument, id);
  const status = job?.status ?? 'QUEUED';
  return (
    <>
      <PageHeading step={3}>{job === null ? 'Your video' : HEADINGS[status]}</PageHeading>
      <p className="visually-hidden" role="status">
        {job === null ? '' : HEADINGS[status]}
      </p>
      {problem !== null && (
        <Notice tone="error" title="This video cannot be shown">
          <p>{problem}</p>
          <p>
            <a href={hrefOf({ page: 'start' })}>Start with a video</a>
          </p>
        </Notice>
      )}
      {job === null && problem === null && <p className="hint">Loading…</p>}
      {job?.status === 'FAILED' && (
        <Notice tone="error" title="The video could not be made">
          <p>{job.failure?.reason}</p>
          {job.supportId !== null && (
            <p>
              Support can look it up by <code>{job.supportId}</code>.
            </p>
          )}
        </Notice>
      )}
      {(job?.status === 'QUEUED' || job?.status === 'PROCESSING') && (
        <div className="card">
          <Swaps mappings={job.mappings} />
          <Progress label={STATES[job.status]} value={job.progress} />
          <p className="hint">It is ordered and safe: you may close this page.</p>
          <JobTroubles {...job} />
        </div>
      )}
      {job?.status === 'COMPLETED' && <Output task={job} />}
      {(job?.status === 'COMPLETED' || job?.status === 'FAILED') && (
        <p className="next-links">
          {job.analysis !== null && (
            <a href={hrefOf({ page: 'analysis', id: job.analysis.id })}>Other faces, same video</a>
          )}
          <a href={hrefOf({ page: 'start' })}>New video</a>
        </p>
      )}
    </>
  );
}
