import { pause, type Clock } from '../runtime/clock.ts';

/** The pause between two closes while few are to be closed: a thousand a second. */
const STEP_MS = 1;

/**
 * Begins `close` for each item, evenly spread over at most `withinMs`, and resolves when all have
 * resolved.
 */
export async function closeStaggered<Item>(
  items: readonly Item[],
  withinMs: number,
  clock: Clock,
  close: (item: Item) => Promise<void>,
): Promise<void> {
  const step = Math.min(STEP_MS, withinMs / Math.max(1, items.length));
  await Promise.all(
    items.map(async (item, index) => {
      if (index > 0) await pause(clock, index * step);
      await close(item);
    }),
  );
}
