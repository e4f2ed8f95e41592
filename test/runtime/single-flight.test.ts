import { expect, it } from 'vitest';
import { defer, type Deferred } from '../../src/runtime/signal.ts';
import { singleFlight } from '../../src/runtime/single-flight.ts';

function start() {
  const runs: Deferred<string>[] = [];
  const ask = singleFlight(
    (name: string) => {
      const answer = defer<string>();
      runs.push(answer);
      return answer.promise.then((word) => `${name} ${word}`);
    },
    (name) => name,
  );
  return { runs, ask };
}

it('runs once for those who ask for the same at the same time, and again for who asks later', async () => {
  const { runs, ask } = start();
  const first = [ask('a'), ask('a'), ask('b')];
  expect(runs).toHaveLength(2);
  runs[0]?.resolve('one');
  runs[1]?.resolve('two');
  expect(await Promise.all(first)).toEqual(['a one', 'a one', 'b two']);
  const later = ask('a');
  runs[2]?.resolve('three');
  expect(await later).toBe('a three');
});

it('a run that fails fails for all who joined, and the next one runs', async () => {
  const { runs, ask } = start();
  const joined = [ask('a'), ask('a')];
  runs[0]?.reject(new Error('no'));
  for (const each of joined) await expect(each).rejects.toThrow('no');
  const next = ask('a');
  runs[1]?.resolve('yes');
  expect(await next).toBe('a yes');
});
