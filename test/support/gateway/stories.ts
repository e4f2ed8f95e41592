import { randomUUID } from 'node:crypto';
import {
  CreateHeadSwapTaskDocument,
  SubmitAnalysisDocument,
} from '../../../src/client-operations/graphql.ts';
import type { Gateway } from './gateway.ts';
import type { ScriptedUpstream } from '../akool/scripted-upstream.ts';

/** Environment that points a gateway at a scripted upstream, with fast polling. */
export function envFor(upstream: Pick<ScriptedUpstream, 'url'>): Record<string, string> {
  return {
    AKOOL_API_KEY: API_KEY,
    AKOOL_BASE_URL: upstream.url,
    POLL_MIN_MS: '50',
    POLL_MAX_MS: '400',
    POLL_BUDGET_PER_SECOND: '1000',
    // Longer than a busy machine takes to answer. Who waits for it to pass sets a short one.
    UPSTREAM_TIMEOUT_MS: '10000',
  };
}

/** The key of test accounts; nothing that leaves a gateway may contain it. */
export const API_KEY = 'canary-api-key-of-32-characters!';

/** The client id of test accounts. */
export const CLIENT_ID = 'test-client-id-1';

const VIDEO = 'https://example.com/videos/source.mp4';

/** Submits an analysis; its id. */
export async function submitAnalysis(gateway: Gateway, videoUrl = VIDEO): Promise<string> {
  const { submitAnalysis: result } = await gateway.run(SubmitAnalysisDocument, {
    input: { videoUrl },
  });
  if (result?.__typename !== 'Analysis') throw new Error(JSON.stringify(result));
  return result.id;
}

/** Submits an analysis and lets the upstream complete it with two persons; its id. */
export async function completeAnalysis(
  gateway: Gateway,
  upstream: ScriptedUpstream,
  videoUrl = VIDEO,
): Promise<string> {
  const id = await submitAnalysis(gateway, videoUrl);
  upstream.setAnalysis(id, {
    status: 3,
    progress: 100,
    analysis_result: {
      media: [0, 1].map((obj_id) => ({
        obj_id,
        img_url: `https://example.com/previews/${obj_id}.png`,
        media_type: 'images',
      })),
      video_info: { width: 640, height: 360, fps: 30, frame_count: 300 },
    },
  });
  await gateway.watch('subscription($id: ID!) { analysisStatusChanged(id: $id) { id } }', { id })
    .done;
  return id;
}

/** What createHeadSwapTask takes, for a completed analysis. */
export function taskInput(analysisId: string, idempotencyKey: string = randomUUID()) {
  return {
    idempotencyKey,
    analysisId,
    mappings: [{ objId: 0, faceUrl: 'https://example.com/faces/face.png' }],
  };
}

/** Creates a task; its id. */
export async function createTask(gateway: Gateway, analysisId: string): Promise<string> {
  const { createHeadSwapTask: result } = await gateway.run(CreateHeadSwapTaskDocument, {
    input: taskInput(analysisId),
  });
  if (result?.__typename !== 'HeadSwapTask') throw new Error(JSON.stringify(result));
  return result.id;
}

/** Lets the upstream complete a task. */
export function finishTask(upstream: ScriptedUpstream, id: string): void {
  upstream.setTask(id, {
    status: 3,
    progress: 100,
    video_url: 'https://example.com/output/result.mp4',
    deduction_duration: 15,
  });
}

/** The subscription to a task that most tests use. */
export const WATCH_TASK =
  'subscription($id: ID!, $after: Int) { headSwapTaskStatusChanged(id: $id, after: $after) { id status progress version outputUrl failure { reason code } } }';
