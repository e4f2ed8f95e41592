import { WatchAnalysisPageDocument } from '../client/generated/graphql.ts';
import { useWatchedJob } from '../hooks/use-watched-job.ts';
import { hrefOf } from '../hooks/use-route.ts';
import { Casting } from './casting.tsx';
import { JobTroubles } from './job-troubles.tsx';
import { Notice } from './notice.tsx';
import { PageHeading } from './page-heading.tsx';
import { Progress } from './progress.tsx';

const AGAIN = (
  <p>
    <a href={hrefOf({ page: 'start' })}>Try another video</a>
  </p>
);

export function AnalysisPage({ id }: { readonly id: string }) {
  const { job, problem } = useWatchedJob(WatchAnalysisPageDocument, id);
  if (job?.status === 'COMPLETED' && job.persons.length > 0) return <Casting analysis={job} />;

  return (
    <>
      <PageHeading step={2} intro="We are looking for the people in your video.">
        Finding people
      </PageHeading>
      {problem !== null && (
        <Notice tone="error" title="This video cannot be shown">
          <p>{problem}</p>
          {AGAIN}
        </Notice>
      )}
      {job === null && problem === null && (
        <p className="hint" role="status">
          Loading…
        </p>
      )}
      {job?.status === 'FAILED' && (
        <Notice tone="error" title="The video could not be analysed">
          <p>{job.failure?.reason}</p>
          {AGAIN}
        </Notice>
      )}
      {job?.status === 'COMPLETED' && (
        <Notice tone="warning" title="Nobody was found">
          <p>Try a video in which faces are larger, or turned to the camera.</p>
          {AGAIN}
        </Notice>
      )}
      {(job?.status === 'QUEUED' || job?.status === 'PROCESSING') && (
        <div className="card">
          <Progress
            label={job.status === 'QUEUED' ? 'In the queue' : 'Looking for people'}
            value={job.progress}
          />
          <JobTroubles {...job} />
        </div>
      )}
    </>
  );
}
