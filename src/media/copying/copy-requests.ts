import type { Job } from '../../domain/job.ts';
import type { CopyRequest } from '../../store/media-store.ts';

/** Which files of a finished job are kept: a task's output, the previews of an analysis. */
export function copyRequestsOf(job: Job): readonly CopyRequest[] {
  const key = { team: job.team, kind: job.kind, id: job.id };
  if (job.kind === 'HEAD_SWAP_TASK') {
    return job.outputUrl === null ? [] : [{ key, slot: 'output', sourceUrl: job.outputUrl }];
  }
  return job.persons.flatMap(({ objId, previewUrl }) =>
    previewUrl === null ? [] : [{ key, slot: `preview:${objId}` as const, sourceUrl: previewUrl }],
  );
}
