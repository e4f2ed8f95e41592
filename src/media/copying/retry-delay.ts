import type { Random } from '../../runtime/clock.ts';

/**
 * The first of several attempts comes after this long at most, each next one after twice as long,
 * in milliseconds.
 */
const FIRST_MS = 4_000;
const LONGEST_MS = 15 * 60 * 1000;

/**
 * How long to wait before a source is asked again that has not answered well `attempts` times
 * before, in milliseconds: anything from zero to a bound that doubles (full jitter), so that many
 * copies that failed together are not tried together. `atLeastMs`: what the source asked for,
 * honoured up to the longest wait.
 */
export function retryDelay(attempts: number, atLeastMs: number, random: Random): number {
  const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts, 20));
  return Math.max(Math.min(atLeastMs, LONGEST_MS), Math.round(random() * bound));
}
