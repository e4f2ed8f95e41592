import { InvalidInputError } from '../../domain/errors.ts';
import type { TeamId } from '../../domain/job.ts';
import type { CreateHeadSwapTaskInput } from '../jobs.ts';
import type { Order } from './order.ts';
import { taskKind, type TaskInput } from './task-kind.ts';

/** An order for a head swap task. The order of mappings does not count, so they are sorted. */
export function taskOrder(team: TeamId, input: CreateHeadSwapTaskInput): Order<TaskInput> {
  const mappings = input.mappings
    .map(({ objId, faceUrl }) => ({ objId, faceUrl }))
    .sort((one, other) => one.objId - other.objId);
  return {
    kind: taskKind,
    team,
    key: input.idempotencyKey,
    // Keys are told apart by this text, so its fields keep this order for good.
    input: {
      analysisId: input.analysisId,
      mappings,
      keepOriginalSound: input.keepOriginalSound,
      templateId: input.templateId,
      resolution: input.resolution,
      modelName: input.modelName,
    },
  };
}

/** The same error with the mappings' places as the caller gave them: they are checked sorted. */
export function asGiven(error: unknown, { mappings }: CreateHeadSwapTaskInput): unknown {
  if (!(error instanceof InvalidInputError)) return error;
  const places = mappings
    .map(({ objId }, place) => ({ objId, place: String(place) }))
    .sort((one, other) => one.objId - other.objId);
  return new InvalidInputError(
    error.issues.map(({ path, message }) => {
      const [field, sorted, ...rest] = path;
      const place = field === 'mappings' ? places[Number(sorted)]?.place : undefined;
      return { path: place === undefined ? path : ['mappings', place, ...rest], message };
    }),
  );
}
