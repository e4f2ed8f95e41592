import { median, ratio } from '../harness/statistics.ts';

/** Everything that is measured, with its unit. */
export const METRICS = {
  cpu: 'CPU µs',
  rate: 'per s',
  p50: 'p50 ms',
  p99: 'p99 ms',
  p99ByP50: 'p99 ÷ p50',
  upstream: 'upstream calls',
  first: 'first ms',
  last: 'last ms',
  spread: 'last − first ms',
  bytes: 'RSS bytes',
  growth: 'RSS growth MB',
  statements: 'statements',
  reads: 'reads',
  readsAlone: 'reads for one watcher',
  readsAfterEnd: 'reads after the end',
} as const;

export type Metric = keyof typeof METRICS;

/** What one server showed in one scenario. */
export interface Measurement {
  readonly scenario: string;
  readonly server: string;
  /** By metric, a figure for each round. */
  readonly figures: Partial<Record<Metric, number[]>>;
  /** Answers that were not what they should have been. */
  wrong: number;
  /** What went wrong first; null: nothing. */
  firstWrong: string | null;
}

/** All measurements of a run. */
export interface Results {
  readonly measurements: readonly Measurement[];
  /** The measurement, made when it is first asked for. */
  of(scenario: string, server: string): Measurement;
  add(scenario: string, server: string, figures: Partial<Record<Metric, number>>): void;
  addWrong(scenario: string, server: string, count: number, first: string | null): void;
  /** The middle of the rounds; NaN when it was not measured. */
  figure(scenario: string, server: string, metric: Metric): number;
  /** Server over other server, in one metric of one scenario; NaN when either was not measured. */
  ratio(scenario: string, metric: Metric, server: string, other: string): number;
}

export function createResults(measurements: Measurement[] = []): Results {
  const find = (scenario: string, server: string): Measurement | undefined =>
    measurements.find((one) => one.scenario === scenario && one.server === server);
  const of = (scenario: string, server: string): Measurement => {
    const known = find(scenario, server);
    if (known !== undefined) return known;
    const fresh: Measurement = { scenario, server, figures: {}, wrong: 0, firstWrong: null };
    measurements.push(fresh);
    return fresh;
  };
  const rounds = (scenario: string, server: string, metric: Metric): readonly number[] =>
    find(scenario, server)?.figures[metric] ?? [];
  return {
    measurements,
    of,
    add(scenario, server, figures) {
      const kept = of(scenario, server).figures;
      for (const [metric, figure] of Object.entries(figures)) {
        (kept[metric as Metric] ??= []).push(figure);
      }
    },
    addWrong(scenario, server, count, first) {
      const measurement = of(scenario, server);
      measurement.wrong += count;
      measurement.firstWrong ??= first;
    },
    figure: (scenario, server, metric) => median(rounds(scenario, server, metric)),
    ratio: (scenario, metric, server, other) =>
      ratio(rounds(scenario, server, metric), rounds(scenario, other, metric)),
  };
}
