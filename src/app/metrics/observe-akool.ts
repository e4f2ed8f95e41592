import { DOCUMENTED_CODES } from '../../upstream/codes.ts';
import type { RequestEnd, RequestObserver } from '../../upstream/observe-requests.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';

/** Counts requests to AKOOL. */
export function observeAkool({ akoolRequests, akoolSeconds }: Metrics): RequestObserver {
  const documented = new Map(DOCUMENTED_CODES.map((code) => [code, String(code)]));
  const codeOf = ({ status, code }: RequestEnd): string => {
    if (code !== null) return documented.get(code) ?? 'other';
    if (status === null) return 'lost';
    if (status >= 500) return 'http_5xx';
    return status >= 400 ? 'http_4xx' : 'http_other';
  };
  return (end) => {
    const { endpoint, seconds } = end;
    akoolSeconds.at(endpoint).observe(seconds);
    akoolRequests.at(endpoint, codeOf(end)).add();
  };
}
