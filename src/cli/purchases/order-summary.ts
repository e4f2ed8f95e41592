import { z } from 'zod';
import type { Purchase } from '../../store/purchase.ts';
import { parseUrl } from '../../runtime/urls.ts';

/**
 * What was ordered, fit to be shown: URLs without their queries and credentials, which may open
 * what they name.
 */
export interface OrderSummary {
  /** Of an analysis alone. */
  readonly videoUrl: string | undefined;
  /** These four of a task alone. */
  readonly analysisId: string | undefined;
  readonly mappings: readonly { readonly objId: number; readonly faceUrl: string }[] | undefined;
  readonly resolution: string | undefined;
  readonly modelName: string | undefined;
}

const stored = z.object({
  videoUrl: z.string().optional(),
  analysisId: z.string().optional(),
  mappings: z.array(z.object({ objId: z.number(), faceUrl: z.string() })).optional(),
  resolution: z.string().optional(),
  modelName: z.string().optional(),
});

/** Reads a purchase's canonical input. */
export function summaryOf({ input }: Purchase): OrderSummary {
  const { videoUrl, analysisId, mappings, resolution, modelName } = stored.parse(JSON.parse(input));
  return {
    videoUrl: videoUrl && shownUrl(videoUrl),
    analysisId,
    mappings: mappings?.map(({ objId, faceUrl }) => ({ objId, faceUrl: shownUrl(faceUrl) })),
    resolution,
    modelName,
  };
}

/** The order in one line. */
export function summaryText(ordered: OrderSummary): string {
  const { videoUrl, analysisId, mappings = [], resolution, modelName } = ordered;
  if (videoUrl !== undefined) return `analysis of ${videoUrl}`;
  const faces = mappings.map(({ objId, faceUrl }) => `${objId}=${faceUrl}`).join(', ');
  return `task from analysis ${analysisId}: ${faces} (${resolution}, ${modelName})`;
}

function shownUrl(url: string): string {
  const parsed = parseUrl(url);
  if (parsed === null) return '(a URL)';
  const { origin, pathname, search } = parsed;
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}
