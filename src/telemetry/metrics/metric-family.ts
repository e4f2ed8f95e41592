import type { MetricAbout } from './metric-about.ts';

/**
 * What is counted, held so that counting costs next to nothing: a cell is found once, by the values
 * of its labels, and then is a number that is added to. Prometheus' library makes text of it only
 * when somebody reads.
 */

/** A number that only grows. */
export class Count {
  value = 0;

  add(by = 1): void {
    this.value += by;
  }
}

/** A number that is as it is now. */
export class Level {
  value = 0;

  set(value: number): void {
    this.value = value;
  }
}

/**
 * How many observations were at most each of some bounds, in ascending order; the last is of all
 * others.
 */
export class Spread {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = [...bounds.map(() => 0), 0];
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let place = 0;
    while (place < bounds.length && value > (bounds[place] ?? 0)) place += 1;
    counts[place] = (counts[place] ?? 0) + 1;
    this.sum += value;
  }
}

/** One value for each label, in their order. */
export type LabelValues<Labels extends readonly string[]> = {
  readonly [Place in keyof Labels]: string;
};

/** The cells of one metric. */
export interface Family<Labels extends readonly string[], Cell> {
  readonly about: MetricAbout<string>;
  /** The cell of these values, new where there is none. */
  at(...values: LabelValues<Labels>): Cell;
  /** The same for values in a list. */
  open(values: readonly string[]): Cell;
  /** All cells there are, with their labels by name. */
  readonly series: readonly Series<Cell>[];
  /** Forgets every cell. */
  clear(): void;
}

/** A cell and its labels. */
export interface Series<Cell> {
  readonly labels: Readonly<Record<string, string>>;
  readonly cell: Cell;
}

interface Branch<Cell> {
  readonly branches: Map<string, Branch<Cell>>;
  cell: Cell | null;
}

/** A metric without any cells yet. */
export function createFamily<Labels extends readonly string[], Cell>(
  about: MetricAbout<string> & { readonly labels: Labels },
  newCell: () => Cell,
): Family<Labels, Cell> {
  const { labels } = about;
  const series: Series<Cell>[] = [];
  let root = newBranch<Cell>();

  const open = (values: readonly string[]): Cell => {
    let branch = root;
    for (const value of values) {
      let next = branch.branches.get(value);
      if (next === undefined) {
        next = newBranch();
        branch.branches.set(value, next);
      }
      branch = next;
    }
    if (branch.cell !== null) return branch.cell;
    const cell = newCell();
    branch.cell = cell;
    const named = labels.map((label, place) => [label, values[place] ?? '']);
    series.push({ labels: Object.fromEntries(named), cell });
    return cell;
  };

  return {
    about,
    series,
    open,
    at: (...values) => open(values),
    clear() {
      root = newBranch();
      series.length = 0;
    },
  };
}

function newBranch<Cell>(): Branch<Cell> {
  return { branches: new Map(), cell: null };
}
