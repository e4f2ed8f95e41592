import { videoUrlOf } from '../../domain/advance.ts';
import type { TaskRequest, TeamId } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Purchase } from '../../store/purchase.ts';
import { analysisKind } from './analysis-order.ts';
import type { FindJob, OrderKind } from './order.ts';
import { taskKind } from './task-order.ts';

/** What was ordered, as far as the job keeps it. */
export interface OrderedJob {
  readonly team: TeamId;
  readonly videoUrl: string;
  readonly request: TaskRequest | null;
  readonly hasWebhook: boolean;
  /** See AcceptedWrite. */
  readonly mayBeShared: boolean;
}

/**
 * What a recorded purchase ordered, for a job of AKOOL's that may be it. Null: the job is of
 * another video than was ordered, or nobody knows any more which one that was. Such a job belongs
 * to one purchase alone. Throws what `find` throws.
 */
export function orderedJob(
  purchase: Purchase,
  seen: Observation,
  find: FindJob,
): Promise<OrderedJob | null> {
  switch (purchase.mutation) {
    case 'submitAnalysis':
      return ofSameVideo(analysisKind, purchase, seen, find);
    case 'createHeadSwapTask':
      return ofSameVideo(taskKind, purchase, seen, find);
  }
}

async function ofSameVideo<Input>(
  { schema, videoUrlOf: videoUrlOfOrder, requestOf }: OrderKind<Input>,
  { team, input: stored, tokenDigest }: Purchase,
  seen: Observation,
  find: FindJob,
): Promise<OrderedJob | null> {
  const input = schema.parse(JSON.parse(stored));
  const videoUrl = await videoUrlOfOrder(team, input, find);
  if (videoUrl === null || videoUrlOf(seen) !== videoUrl) return null;
  const hasWebhook = tokenDigest !== null;
  return { team, videoUrl, request: requestOf(input), hasWebhook, mayBeShared: false };
}
