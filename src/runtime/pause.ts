import type { Clock } from './clock.ts';

/** Resolves so many milliseconds from now, at once when that is zero or less. It cannot be taken back. */
export function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.after(milliseconds, resolve));
}
