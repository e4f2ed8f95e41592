const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Milliseconds to wait after so many failures in a row: a time that doubles, from half of it to the whole as `random` has it, and never
 * less than `leastSeconds`.
 */
export function waitBefore(failures: number, leastSeconds: number, random: number): number {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  return Math.max(leastSeconds * 1_000, whole / 2) + (random * whole) / 2;
}
