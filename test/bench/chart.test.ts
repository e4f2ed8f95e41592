import { expect, it } from 'vitest';
import { chartOf } from '../../bench/report/chart.ts';
import { createResults } from '../../bench/report/results.ts';

/** Ends where each element that begins is ended, in order, and every attribute is quoted. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  const rest = xml.replace(
    /<(\/?)([a-z]+)((?: [\w-]+="[^"<&]*")*)(\/?)>/gi,
    (_whole, close: string, name: string, _attributes, empty: string) => {
      if (close !== '') return open.pop() === name ? '' : '<';
      if (empty === '') open.push(name);
      return '';
    },
  );
  return open.length === 0 && !/<|&(?!amp;|lt;|quot;)/.test(rest);
}

function results() {
  const made = createResults();
  made.add('live-task', 'gateway', { cpu: 50 });
  made.add('live-task', 'yoga-naive', { cpu: 400 });
  made.add('live-task', 'a <b> & "c"', { cpu: 100 });
  made.add('fan-out', 'gateway', { bytes: 6_000 });
  return made;
}

it('the chart is well-formed, whatever is written on it', () => {
  const chart = chartOf(results(), 'a < b & "c"');
  expect(isWellFormed(chart)).toBe(true);
  expect(isWellFormed(chart.replace('</text>', ''))).toBe(false);
  expect(isWellFormed(chart.replace('&lt;', '<'))).toBe(false);
});

it('bars are as long as their figures are large, and stay on the page', () => {
  const chart = chartOf(results(), '');
  const widths = [...chart.matchAll(/<rect class="(\w+)" x="(\d+)"[^>]* width="([\d.]+)"/g)].map(
    ([, kind, x, width]) => ({ kind, x: Number(x), width: Number(width) }),
  );
  expect(widths.map(({ kind }) => kind)).toEqual(['gateway', 'bar', 'bar']);
  const [shortest, middle, longest] = widths.map(({ width }) => width);
  expect(longest).toBeCloseTo(8 * (shortest ?? 0), 0);
  expect(middle).toBeCloseTo(2 * (shortest ?? 0), 0);
  const pageWidth = Number(/viewBox="0 0 (\d+) /.exec(chart)?.[1]);
  for (const { x, width } of widths) expect(x + width).toBeLessThan(pageWidth);
});

it('scenarios that were not measured have no panel', () => {
  const chart = chartOf(results(), '');
  expect(chart.match(/class="title"/g)).toHaveLength(1);
  expect(chart).toContain('A live task by id');
});

it('the colours answer to dark pages', () => {
  expect(chartOf(results(), '')).toContain('prefers-color-scheme: dark');
});
