/** A number in [0, 1), like `Math.random`. Tests pass a seeded one. */
export type Random = () => number;
