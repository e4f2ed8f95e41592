/**
 * Runs the steps that end what was started, the last one first, one after the other. One that fails
 * keeps none of the others from running; what the first of them failed with is thrown when all have
 * run.
 */
export async function runBackwards(steps: readonly (() => void | Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps.toReversed()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
