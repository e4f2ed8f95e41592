/**
 * What a refusal without a usable Retry-After asks for, in milliseconds. Ours: AKOOL publishes no
 * number.
 */
const DEFAULT_PAUSE_MS = 5_000;
/** A pause of nothing would not be one. */
const SHORTEST_PAUSE_MS = 1_000;
/** No answer may silence an account for longer (`UpstreamError.pauseMs`). */
const LONGEST_PAUSE_MS = 60_000;

/**
 * How long the account is to pause, in milliseconds, 1,000 to 60,000: what a Retry-After header
 * asks for, in seconds or as an HTTP date. Absent or unreadable: 5,000. `now` is in milliseconds
 * since the epoch.
 */
export function pauseAskedFor(retryAfter: string | null, now: number): number {
  const asked = retryAfter === null ? Number.NaN : readRetryAfter(retryAfter.trim(), now);
  if (Number.isNaN(asked)) return DEFAULT_PAUSE_MS;
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, asked));
}

function readRetryAfter(value: string, now: number): number {
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  // Date.parse alone would take "-5" or "1.5" for a date.
  return /^[A-Za-z]{3,9},? /.test(value) ? Date.parse(value) - now : Number.NaN;
}
