import { z } from 'zod';
import { firstJob, videoUrlOf } from '../../domain/advance.ts';
import {
  AkoolUnavailableError,
  AnalysisNotReadyError,
  InvalidInputError,
  NotFoundError,
} from '../../domain/errors.ts';
import type { Analysis, Job, JobKey, TaskRequest, TeamId } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Purchase } from '../../store/purchase.ts';
import type { AcceptedWrite } from '../../store/store.ts';
import { UpstreamError } from '../../upstream/upstream.ts';
import { accountOf, type Accounts } from '../account.ts';
import { tokenDigestOf } from '../webhooks/webhook-token.ts';
import type { CreateHeadSwapTaskInput } from '../jobs.ts';
import { kindOf, type Order } from './order.ts';
import type { JobWriter } from '../polling/job-writer.ts';

/** Turns inputs into orders, and what AKOOL made of them into jobs. */
export interface Orders {
  /** An order for an analysis. `key`: the caller's, or one that nobody else will ever use. */
  analysis(team: TeamId, videoUrl: string, key: string): Order;
  /** An order for a head swap task. Preparing it throws NotFoundError, AnalysisNotReadyError or InvalidInputError. */
  task(team: TeamId, input: CreateHeadSwapTaskInput): Order;
  /**
   * The job that a task AKOOL knows makes for a purchase that has none; null when it is of another video than was ordered, or the ordered
   * video is not known any more. Throws what the store throws.
   */
  accepted(purchase: Purchase, seen: Observation): Promise<AcceptedWrite | null>;
}

/** What orders are made of. */
export interface OrdersParts {
  readonly accounts: Accounts;
  readonly jobWriter: JobWriter;
  readonly clock: Clock;
  /** The job as a query would tell it. Throws UpstreamError. */
  readonly find: (key: JobKey) => Promise<Job | null>;
  /** Makes an unguessable webhook token. */
  readonly newToken: () => string;
}

/** The canonical input of a task, as it is stored with its purchase. */
const storedTask = z.object({
  analysisId: z.string(),
  mappings: z.array(z.object({ objId: z.number(), faceUrl: z.string() })),
  keepOriginalSound: z.boolean(),
  templateId: z.string().nullable(),
});

/** The canonical input of an analysis. */
const storedAnalysis = z.object({ videoUrl: z.string() });

/** Orders for the accounts of one gateway. */
export function createOrders({ accounts, jobWriter, clock, find, newToken }: OrdersParts): Orders {
  const jobOf = (
    team: TeamId,
    seen: Observation,
    ordered: {
      videoUrl: string;
      request: TaskRequest | null;
      hasWebhook: boolean;
      mayBeShared: boolean;
    },
  ): AcceptedWrite => {
    const { videoUrl, request, hasWebhook, mayBeShared } = ordered;
    const job = firstJob({ team, madeHere: true, videoUrl, request }, seen, clock.now());
    return { job, schedule: jobWriter.firstSchedule(job, hasWebhook), mayBeShared };
  };

  return {
    analysis(team, videoUrl, key) {
      const { upstream } = accountOf(accounts, team);
      return {
        key: { team, mutation: 'submitAnalysis', key },
        input: JSON.stringify({ videoUrl }),
        tokenDigest: null,
        prepare: () =>
          Promise.resolve({
            send: (timing) => upstream.submitAnalysis(videoUrl, timing),
            accept: (seen) =>
              jobOf(team, seen, { videoUrl, request: null, hasWebhook: false, mayBeShared: true }),
          }),
      };
    },

    task(team, input) {
      const { upstream, callbacks } = accountOf(accounts, team);
      const token = callbacks === null ? null : newToken();
      const { modelName, resolution } = input;
      const request: TaskRequest = {
        analysisId: input.analysisId,
        mappings: input.mappings
          .map(({ objId, faceUrl }) => ({ objId, faceUrl }))
          .sort((one, other) => one.objId - other.objId),
        keepOriginalSound: input.keepOriginalSound,
        templateId: input.templateId,
      };
      return {
        key: { team, mutation: 'createHeadSwapTask', key: input.idempotencyKey },
        input: JSON.stringify({ ...request, resolution, modelName }),
        tokenDigest: token === null ? null : tokenDigestOf(token),
        async prepare() {
          const { videoUrl } = await readyAnalysis(find, team, input);
          const webhookUrl =
            callbacks === null ? null : `${callbacks.publicUrl()}/webhooks/akool/${token}`;
          const hasWebhook = webhookUrl !== null;
          const order = { ...request, videoUrl, modelName, resolution, webhookUrl };
          return {
            send: (timing) => upstream.createHeadSwapTask(order, timing),
            accept: (seen) =>
              jobOf(team, seen, { videoUrl, request, hasWebhook, mayBeShared: true }),
          };
        },
      };
    },

    async accepted(purchase, seen) {
      const { team, tokenDigest } = purchase;
      const hasWebhook = tokenDigest !== null;
      const input: unknown = JSON.parse(purchase.input);
      if (kindOf(purchase) === 'ANALYSIS') {
        const { videoUrl } = storedAnalysis.parse(input);
        if (videoUrlOf(seen) !== videoUrl) return null;
        return jobOf(team, seen, { videoUrl, request: null, hasWebhook, mayBeShared: false });
      }
      const request = storedTask.parse(input);
      const analysis = await find({ team, kind: 'ANALYSIS', id: request.analysisId });
      if (analysis?.kind !== 'ANALYSIS' || videoUrlOf(seen) !== analysis.videoUrl) return null;
      const { videoUrl } = analysis;
      return jobOf(team, seen, { videoUrl, request, hasWebhook, mayBeShared: false });
    },
  };
}

/** The analysis that the input builds on, with all the persons it names. */
async function readyAnalysis(
  find: OrdersParts['find'],
  team: TeamId,
  input: CreateHeadSwapTaskInput,
): Promise<Analysis> {
  const analysis = await find({ team, kind: 'ANALYSIS', id: input.analysisId }).catch(
    (error: unknown) => {
      if (!(error instanceof UpstreamError) || error.kind !== 'unavailable') throw error;
      throw new AkoolUnavailableError(
        error.pauseMs === null ? null : Math.ceil(error.pauseMs / 1000),
      );
    },
  );
  if (analysis?.kind !== 'ANALYSIS') {
    throw new NotFoundError(
      'There is no such analysis. analysisId takes the id that submitAnalysis answered with.',
    );
  }
  if (analysis.status !== 'COMPLETED') throw new AnalysisNotReadyError(analysis.status);
  const known = new Set(analysis.persons.map(({ objId }) => objId));
  const issues = input.mappings.flatMap(({ objId }, index) =>
    known.has(objId)
      ? []
      : [{ path: ['mappings', String(index), 'objId'], message: noSuchPerson(objId, known) }],
  );
  if (issues.length > 0) throw new InvalidInputError(issues);
  return analysis;
}

/** Reads as the end of a sentence, behind the name of the field. */
function noSuchPerson(objId: number, known: ReadonlySet<number>): string {
  return known.size === 0
    ? 'cannot name anybody: the analysis found nobody in the video'
    : `must be the objId of a person of the analysis (${[...known].join(', ')}), and is ${objId}`;
}
