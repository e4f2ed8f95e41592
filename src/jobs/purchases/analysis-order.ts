import { z } from 'zod';
import type { TeamId } from '../../domain/job.ts';
import type { Order, OrderKind } from './order.ts';

const schema = z.object({ videoUrl: z.string() });
type AnalysisInput = z.infer<typeof schema>;

/** How an analysis is bought. AKOOL calls no webhook for it. */
export const analysisKind: OrderKind<AnalysisInput> = {
  mutation: 'submitAnalysis',
  takesWebhook: false,
  schema,
  check: (_team, { videoUrl }) =>
    Promise.resolve({
      videoUrl,
      urls: [{ path: ['videoUrl'], url: videoUrl, purpose: 'VIDEO' }],
      request: null,
    }),
  videoUrlOf: (_team, { videoUrl }) => Promise.resolve(videoUrl),
  send: (upstream, { videoUrl }, timing) => upstream.submitAnalysis(videoUrl, timing),
  requestOf: () => null,
};

/**
 * An order for the analysis of a video. `key`: the caller's, or one that nobody else will ever use.
 */
export function analysisOrder(team: TeamId, videoUrl: string, key: string): Order<AnalysisInput> {
  return { kind: analysisKind, team, key, input: { videoUrl } };
}
