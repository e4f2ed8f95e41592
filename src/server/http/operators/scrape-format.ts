import { readMediaTypes } from '../../media-type.ts';

/** The formats that Prometheus reads. */
export type ScrapeFormat = 'text' | 'openmetrics';

/**
 * OpenMetrics for whoever names it and does not rather have the other; that is also for whoever
 * says nothing.
 */
export function acceptedFormat(accept: string | undefined): ScrapeFormat {
  let [open, text] = [0, 0];
  for (const { essence, params } of readMediaTypes(accept ?? '')) {
    const weight = Number(params.get('q') ?? 1);
    if (essence === 'application/openmetrics-text') open = Math.max(open, weight);
    if (essence === 'text/plain') text = Math.max(text, weight);
  }
  return open > 0 && open >= text ? 'openmetrics' : 'text';
}
