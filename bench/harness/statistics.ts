/** The middle of some figures; NaN for none. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 0.5);
}

/** The figure that this share of all does not exceed, by interpolation between its neighbours; NaN for none. */
export function percentile(figures: readonly number[], share: number): number {
  const ascending = [...figures].sort((a, b) => a - b);
  const place = share * (ascending.length - 1);
  const below = ascending[Math.floor(place)];
  const above = ascending[Math.ceil(place)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * How much larger one thing was than another that was measured in turn with it: the middle of the ratios of each round, so that
 * what slowed a whole round down cancels out. NaN where the two have no rounds, or not the same number.
 */
export function ratio(numerators: readonly number[], denominators: readonly number[]): number {
  if (numerators.length !== denominators.length) return Number.NaN;
  return median(numerators.map((numerator, round) => numerator / (denominators[round] ?? 0)));
}

/** A figure that is known within bounds. */
export interface Interval {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/**
 * The median of what some figures were drawn from, with 95 % certainty, whatever their distribution: by their order alone, so that a
 * disturbed one counts as one and not by how far off it is. Of fewer than six figures nothing can be said: it has no bounds.
 */
export function medianInterval(figures: readonly number[]): Interval {
  const ascending = [...figures].sort((a, b) => a - b);
  const count = ascending.length;
  // How likely so few of the figures, or fewer, are below the median.
  let likelihood = 0.5 ** count;
  let term = likelihood;
  let outside = 0;
  while (likelihood <= 0.025) {
    outside += 1;
    term *= (count - outside + 1) / outside;
    likelihood += term;
  }
  return {
    low: ascending[outside - 1] ?? -Infinity,
    middle: median(figures),
    high: ascending[count - outside] ?? Infinity,
  };
}
