import { describe, expect, it } from 'vitest';
import { batched } from '../../src/runtime/batched.ts';

describe('a batched function', () => {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  /** One whose runs are let go by hand: each run's items, and what ends it. */
  function heldRuns() {
    const runs: { readonly items: readonly string[]; end(): void; fail(): void }[] = [];
    const ask = batched<string, string>(
      (items) =>
        new Promise((resolve, reject) => {
          runs.push({
            items,
            end: () => resolve(items.map((item) => item.toUpperCase())),
            fail: () => reject(new Error('away')),
          });
        }),
      (item) => [item.slice(0, 1)],
    );
    return { runs, ask };
  }

  it('shares a run among those of one turn, and the next among those who came meanwhile', async () => {
    const { runs, ask } = heldRuns();
    const first = [ask('a1'), ask('b1')];
    await turn();
    const later = [ask('c1'), ask('d1')];
    await turn();
    expect(runs.map(({ items }) => items)).toEqual([['a1', 'b1']]);
    runs[0]?.end();
    expect(await Promise.all(first)).toEqual(['A1', 'B1']);
    await turn();
    runs[1]?.end();
    expect(await Promise.all(later)).toEqual(['C1', 'D1']);
    expect(runs[1]?.items).toEqual(['c1', 'd1']);
  });

  it('keeps items with a name in common apart, in their order', async () => {
    const { runs, ask } = heldRuns();
    const answers = ['a1', 'a2', 'b1', 'a3'].map(ask);
    for (let run = 0; run < 3; run += 1) {
      await turn();
      runs[run]?.end();
      await turn();
    }
    expect(await Promise.all(answers)).toEqual(['A1', 'A2', 'B1', 'A3']);
    expect(runs.map(({ items }) => items)).toEqual([['a1', 'b1'], ['a2'], ['a3']]);
  });

  it('rejects for all of a run, and goes on', async () => {
    const { runs, ask } = heldRuns();
    const lost = Promise.allSettled([ask('a1'), ask('b1')]);
    await turn();
    const after = ask('c1');
    runs[0]?.fail();
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turn();
    runs[1]?.end();
    expect(await after).toBe('C1');
  });

  it('runs no more than a hundred at once', async () => {
    const sizes: number[] = [];
    const ask = batched<number, number>(
      async (items) => {
        sizes.push(items.length);
        return items;
      },
      (item) => [String(item)],
    );
    const numbers = Array.from({ length: 250 }, (_, number) => number);
    expect(await Promise.all(numbers.map(ask))).toEqual(numbers);
    expect(sizes).toEqual([100, 100, 50]);
  });
});
