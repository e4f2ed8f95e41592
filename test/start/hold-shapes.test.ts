import { expect, it } from 'vitest';
import { holdShapes } from '../../src/app/serving/hold-shapes.ts';

it('one object of those that Node makes for each tick is held, and ticks go on', async () => {
  const [tick, promise, ...others] = holdShapes();
  expect(tick).toMatchObject({ callback: expect.any(Function) });
  expect(Object.getOwnPropertySymbols(promise ?? {})).toContain(Symbol.toStringTag);
  expect(others).toEqual([]);
  await new Promise<void>((resolve) => process.nextTick(resolve));
});
