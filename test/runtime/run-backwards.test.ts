import { expect, it } from 'vitest';
import { runBackwards } from '../../src/runtime/run-backwards.ts';

it('runs every step, the last one first, and tells the first failure when all have run', async () => {
  const run: string[] = [];
  const step = (name: string, failure?: Error) => async (): Promise<void> => {
    await Promise.resolve();
    run.push(name);
    if (failure !== undefined) throw failure;
  };
  const first = new Error('first');
  const steps = [step('store'), step('jobs', new Error('later')), step('server', first)];
  await expect(runBackwards(steps)).rejects.toBe(first);
  expect(run).toEqual(['server', 'jobs', 'store']);
  await expect(runBackwards([])).resolves.toBeUndefined();
});
