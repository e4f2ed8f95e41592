import { BASELINE, GATEWAY } from '../harness/servers.ts';
import { median } from '../harness/statistics.ts';
import { verdictOf, type Criterion, type Goal } from './criteria.ts';
import { METRICS, type Measurement, type Metric, type Results } from './results.ts';

/** The report as a terminal shows it: pass lines first, then what was measured. */

/** Three digits that say something. */
export function shown(figure: number): string {
  if (Number.isNaN(figure)) return '–';
  const size = Math.abs(figure);
  if (size >= 100 || figure === 0) return Math.round(figure).toLocaleString('en-US');
  return size >= 10 ? figure.toFixed(1) : figure.toFixed(2);
}

function criterionLine(criterion: Criterion, goal: Goal): string[] {
  const { what, measured, atMost, goal: line, floor, unit } = criterion;
  const sign = atMost ? '≤' : '≥';
  const withUnit = (figure: number): string =>
    Number.isNaN(figure) ? shown(figure) : `${shown(figure)} ${unit}`.trim();
  return [
    what,
    `${sign} ${withUnit(line)}`,
    `${sign} ${withUnit(floor)}`,
    withUnit(measured),
    verdictOf(criterion, goal),
  ];
}

/** The pass lines of all goals. */
export function goalLines(goals: readonly Goal[]): string {
  const rows = goals.flatMap((goal) =>
    goal.criteria.map((criterion, index) => [
      index === 0 ? goal.id : '',
      index === 0 ? goal.title : '',
      ...criterionLine(criterion, goal),
    ]),
  );
  return table(['', '', '', 'goal', 'floor', 'measured', 'verdict'], rows);
}

/** A table for each scenario: what each server took, and how much more that is than the gateway and the baseline took. */
export function scenarioTables(results: Results): string {
  const scenarios = [...new Set(results.measurements.map(({ scenario }) => scenario))];
  return scenarios.map((scenario) => scenarioTable(results, scenario)).join('\n\n');
}

function scenarioTable(results: Results, scenario: string): string {
  const measurements = results.measurements.filter((one) => one.scenario === scenario);
  const metrics = (Object.keys(METRICS) as Metric[]).filter((metric) =>
    measurements.some(({ figures }) => figures[metric] !== undefined),
  );
  const others = [GATEWAY, BASELINE].filter((name) =>
    measurements.some(({ server, figures }) => server === name && figures.cpu !== undefined),
  );
  const row = ({ server, figures, wrong }: Measurement): string[] => [
    server,
    ...metrics.map((metric) => shown(median(figures[metric] ?? []))),
    ...others.map((other) => shown(results.ratio(scenario, 'cpu', server, other))),
    String(wrong),
  ];
  const heads = [
    ...metrics.map((metric) => METRICS[metric]),
    ...others.map((other) => `CPU ÷ ${other}`),
    'wrong',
  ];
  return table([scenario, ...heads], measurements.toSorted(byCpu).map(row));
}

function byCpu(one: Measurement, other: Measurement): number {
  return median(one.figures.cpu ?? [0]) - median(other.figures.cpu ?? [0]);
}

/** Columns as wide as their widest cell; columns of figures stand to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const isFigures = heads.map((_, column) =>
    rows.every((row) => /^[≤≥ ]*(–|-?[\d.,]+)( \S{1,2})?$/.test(row[column] ?? '')),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isFigures[column] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(heads), rule, ...rows.map(line)].join('\n');
}

/** What was answered wrongly; empty when all was right. */
export function wrongLines({ measurements }: Results): string[] {
  return measurements
    .filter(({ wrong }) => wrong > 0)
    .map(
      ({ scenario, server, wrong, firstWrong }) =>
        `WRONG: ${scenario}, ${server}: ${wrong} times, first: ${firstWrong}`,
    );
}
