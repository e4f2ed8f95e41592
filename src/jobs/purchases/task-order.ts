import { z } from 'zod';
import {
  AkoolUnavailableError,
  AnalysisNotReadyError,
  InvalidInputError,
  NotFoundError,
} from '../../domain/errors.ts';
import {
  secondsOf,
  type Analysis,
  type Job,
  type TaskRequest,
  type TeamId,
  type VideoInfo,
} from '../../domain/job.ts';
import { wholeSeconds } from '../../runtime/clock.ts';
import { UpstreamError } from '../../upstream/upstream.ts';
import type { CreateHeadSwapTaskInput } from '../jobs.ts';
import type { FindJob, Order, OrderedUrl, OrderKind } from './order.ts';

const schema = z.object({
  analysisId: z.string(),
  mappings: z.array(z.object({ objId: z.number(), faceUrl: z.string() })),
  keepOriginalSound: z.boolean(),
  templateId: z.string().nullable(),
  resolution: z.enum(['P480', 'P720']),
  modelName: z.string(),
});
type TaskInput = z.infer<typeof schema>;

/**
 * What AKOOL surely refuses, in seconds. It documents about 3 to 20 and decides itself, so what is
 * near that is left to it.
 */
const TOO_SHORT_SECONDS = 2;
const TOO_LONG_SECONDS = 30;

/**
 * How a head swap task is bought: from an analysis that is COMPLETED and knows every person that is
 * named.
 */
export const taskKind: OrderKind<TaskInput> = {
  mutation: 'createHeadSwapTask',
  takesWebhook: true,
  schema,
  async check(team, input, find) {
    const analysis = await readyAnalysis(team, input.analysisId, find);
    mustKnowPersons(analysis, input);
    mustHaveLength(analysis);
    const { videoUrl } = analysis;
    return { videoUrl, urls: urlsOf(input, videoUrl), request: requestOf(input) };
  },
  async videoUrlOf(team, { analysisId }, find) {
    const analysis = await find({ team, kind: 'ANALYSIS', id: analysisId });
    return analysis?.kind === 'ANALYSIS' ? analysis.videoUrl : null;
  },
  send: (upstream, { input, videoUrl, webhookUrl }, timing) =>
    upstream.createHeadSwapTask(
      {
        videoUrl,
        webhookUrl,
        mappings: input.mappings,
        modelName: input.modelName,
        resolution: input.resolution,
        keepOriginalSound: input.keepOriginalSound,
        templateId: input.templateId,
      },
      timing,
    ),
  requestOf,
};

function requestOf({
  analysisId,
  mappings,
  keepOriginalSound,
  templateId,
}: TaskInput): TaskRequest {
  return { analysisId, mappings, keepOriginalSound, templateId };
}

function urlsOf({ mappings }: TaskInput, videoUrl: string): OrderedUrl[] {
  return [
    { path: ['analysisId'], url: videoUrl, purpose: 'VIDEO' },
    ...mappings.map(({ faceUrl }, index) => ({
      path: ['mappings', String(index), 'faceUrl'],
      url: faceUrl,
      purpose: 'FACE' as const,
    })),
  ];
}

async function readyAnalysis(team: TeamId, id: string, find: FindJob): Promise<Analysis> {
  let analysis: Job | null;
  try {
    analysis = await find({ team, kind: 'ANALYSIS', id });
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.kind !== 'unavailable') throw error;
    throw new AkoolUnavailableError(error.pauseMs === null ? null : wholeSeconds(error.pauseMs));
  }
  if (analysis?.kind !== 'ANALYSIS') {
    throw new NotFoundError(
      'There is no such analysis. analysisId takes the id that submitAnalysis answered with.',
    );
  }
  if (analysis.status !== 'COMPLETED') throw new AnalysisNotReadyError(analysis.status);
  return analysis;
}

function mustKnowPersons({ persons }: Analysis, { mappings }: TaskInput): void {
  const known = new Set(persons.map(({ objId }) => objId));
  const issues = mappings.flatMap(({ objId }, index) =>
    known.has(objId)
      ? []
      : [{ path: ['mappings', String(index), 'objId'], message: noSuchPerson(objId, known) }],
  );
  if (issues.length > 0) throw new InvalidInputError(issues);
}

/** A video that AKOOL surely refuses is not paid for. */
function mustHaveLength({ video }: Analysis): void {
  const message = lengthProblem(video);
  if (message !== null) throw new InvalidInputError([{ path: ['analysisId'], message }]);
}

/**
 * Why no task can be built on a video of this length, as the end of a sentence; null: nothing that
 * is certain. No frames at all is a figure that AKOOL does not have yet.
 */
export function lengthProblem(video: VideoInfo | null): string | null {
  const seconds = secondsOf(video);
  if (seconds === null || seconds === 0) return null;
  if (seconds >= TOO_SHORT_SECONDS && seconds <= TOO_LONG_SECONDS) return null;
  const length = `${Math.round(seconds * 10) / 10} s`;
  return `names an analysis of a video of ${length}: AKOOL takes about 3 to 20 s, so submit a video of that length`;
}

/** Reads as the end of a sentence, behind the name of the field. */
function noSuchPerson(objId: number, known: ReadonlySet<number>): string {
  return known.size === 0
    ? 'cannot name anybody: the analysis found nobody in the video'
    : `must be the objId of a person of the analysis (${[...known].join(', ')}), and is ${objId}`;
}

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
