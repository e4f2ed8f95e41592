import { readMediaTypes } from '../../media-type.ts';

/**
 * Whether a scraper is to get OpenMetrics: it names it and does not rather have Prometheus' text,
 * which is also for whoever says nothing.
 */
export function asksOpenMetrics(accept: string | undefined): boolean {
  let [open, text] = [0, 0];
  for (const { essence, params } of readMediaTypes(accept ?? '')) {
    const weight = Number(params.get('q') ?? 1);
    if (essence === 'application/openmetrics-text') open = Math.max(open, weight);
    if (essence === 'text/plain') text = Math.max(text, weight);
  }
  return open > 0 && open >= text;
}
