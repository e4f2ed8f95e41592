import { expect, it } from 'vitest';
import { median, medianInterval, percentile, ratio } from '../../bench/harness/statistics.ts';
import { isBroken, verdictOf, type Criterion } from '../../bench/report/criteria.ts';
import { goalsOf } from '../../bench/report/goals.ts';
import { createResults, type Results } from '../../bench/report/results.ts';
import { shown, table, wrongLines } from '../../bench/report/text.ts';

const criterion = (measured: number, atMost: boolean): Criterion => ({
  what: 'CPU',
  measured,
  atMost,
  goal: atMost ? 1 : 8,
  floor: atMost ? 2 : 5,
  unit: '×',
});

/** A run in which every server took the same CPU in the live-task scenario, but for those given. */
function runOf(cpu: Readonly<Record<string, readonly number[]>>): Results {
  const results = createResults();
  for (const [server, rounds] of Object.entries(cpu)) {
    for (const round of rounds) results.add('live-task', server, { cpu: round });
  }
  return results;
}

const measuredOf = (results: Results, id: string): number[] =>
  goalsOf(results, { isFull: true })
    .filter((goal) => goal.id === id)
    .flatMap(({ criteria }) => criteria.map(({ measured }) => measured));

it.each([
  [5, -Infinity, Infinity],
  [6, 1, 6],
  [8, 1, 8],
  [9, 2, 8],
  [12, 3, 10],
  [20, 6, 15],
])(
  'the median behind %i figures lies between the %f. and the %f. with 95 %% certainty',
  (count, low, high) => {
    const figures = Array.from({ length: count }, (_, index) => count - index);
    expect(medianInterval(figures)).toEqual({ low, middle: (count + 1) / 2, high });
  },
);

it('percentiles lie between their neighbours, whatever the order', () => {
  const figures = [40, 10, 30, 20];
  expect(percentile(figures, 0)).toBe(10);
  expect(percentile(figures, 0.5)).toBe(25);
  expect(percentile(figures, 1)).toBe(40);
  expect(percentile([...Array(101).keys()], 0.99)).toBe(99);
  expect(median([9, 1, 5])).toBe(5);
  expect(figures).toEqual([40, 10, 30, 20]);
});

it('of no figures nothing is known', () => {
  expect(median([])).toBeNaN();
  expect(ratio([], [])).toBeNaN();
});

it('a ratio is that of the rounds, so that a slow round does not bend it', () => {
  expect(ratio([10, 200, 30], [5, 100, 15])).toBe(2);
  expect(ratio([10, 20], [5])).toBeNaN();
});

it.each([
  [0.9, true, 'goal reached'],
  [1, true, 'goal reached'],
  [1.5, true, 'floor held'],
  [2.1, true, 'FLOOR BROKEN'],
  [8, false, 'goal reached'],
  [5, false, 'floor held'],
  [4.9, false, 'FLOOR BROKEN'],
  [Number.NaN, true, 'not measured'],
  [Number.NaN, false, 'not measured'],
] as const)('%d, at most: %s, is: %s', (measured, atMost, verdict) => {
  expect(verdictOf(criterion(measured, atMost), { isRough: false })).toBe(verdict);
});

it('what is rough breaks no floor, and says so', () => {
  const broken = criterion(99, true);
  expect(verdictOf(broken, { isRough: true })).toBe('rough: see --full');
  expect(isBroken([{ id: 'P0', title: '', isRough: true, criteria: [broken] }])).toBe(false);
  expect(isBroken([{ id: 'P0', title: '', isRough: false, criteria: [broken] }])).toBe(true);
});

it('a run without measurements reaches nothing and breaks nothing', () => {
  const goals = goalsOf(createResults(), { isFull: true });
  expect(goals.map(({ id }) => id)).toEqual(
    Array.from({ length: 12 }, (_, index) => `P${index + 1}`),
  );
  expect(isBroken(goals)).toBe(false);
});

it('goals compare the gateway with its peers the right way round', () => {
  const results = runOf({ gateway: [50, 60], 'yoga-naive': [400, 480], mercurius: [25, 30] });
  expect(measuredOf(results, 'P1')).toEqual([8, 0.5]);
  results.add('typename', 'gateway', { cpu: 32 });
  results.add('typename', 'raw-http', { cpu: 20 });
  expect(measuredOf(results, 'P3')).toEqual([1.6]);
  results.add('idle', 'gateway', { bytes: 6 * 1024 });
  expect(measuredOf(results, 'P6')).toEqual([6]);
});

it('tables put figures to the right and words to the left', () => {
  const lines = table(
    ['server', 'CPU'],
    [
      ['a', '1.00'],
      ['20 aliases', '123'],
    ],
  ).split('\n');
  expect(lines.slice(2)).toEqual(['a           1.00', '20 aliases   123']);
  expect([shown(12_345), shown(12.34), shown(1.234), shown(Number.NaN)]).toEqual([
    '12,345',
    '12.3',
    '1.23',
    '–',
  ]);
});

it('wrong answers are told with the first of them', () => {
  const results = runOf({ gateway: [1] });
  expect(wrongLines(results)).toEqual([]);
  results.addWrong('live-task', 'gateway', 0, null);
  results.addWrong('live-task', 'gateway', 2, '500 broken');
  results.addWrong('live-task', 'gateway', 1, 'another');
  expect(wrongLines(results)).toEqual(['WRONG: live-task, gateway: 3 times, first: 500 broken']);
});
