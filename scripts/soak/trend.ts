/** A straight line through samples. */
export interface Trend {
  /** Change of the value for each unit of time. */
  readonly slope: number;
  /** Half of the interval around `slope` that holds the true one in 95 of 100 runs. Infinity: too few samples. */
  readonly margin: number;
}

/** One value at one moment. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

/** Of the normal distribution; a run has far more samples than a t-distribution would be needed for. */
const TWO_SIDED_95 = 1.96;

/** By least squares. */
export function trendOf(samples: readonly Sample[]): Trend {
  const count = samples.length;
  if (count < 3) return { slope: 0, margin: Infinity };
  const meanAt = mean(samples.map(({ at }) => at));
  const meanValue = mean(samples.map(({ value }) => value));
  const spread = sum(samples.map(({ at }) => (at - meanAt) ** 2));
  const slope = sum(samples.map(({ at, value }) => (at - meanAt) * (value - meanValue))) / spread;
  const residuals = samples.map(({ at, value }) => value - meanValue - slope * (at - meanAt));
  const variance = sum(residuals.map((residual) => residual ** 2)) / (count - 2);
  return { slope, margin: TWO_SIDED_95 * Math.sqrt(variance / spread) };
}

/** Fewer samples say nothing of what comes and goes. */
const FEWEST = 12;

/** Whether what should stay the same has grown: its least in the last quarter is above its most in the first. */
export function hasGrown(values: readonly number[]): boolean {
  if (values.length < FEWEST) return false;
  const quarter = Math.floor(values.length / 4);
  return Math.min(...values.slice(-quarter)) > Math.max(...values.slice(0, quarter));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
