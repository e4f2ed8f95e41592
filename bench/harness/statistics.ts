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
