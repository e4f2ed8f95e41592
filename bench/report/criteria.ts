/** One figure that a goal speaks about. */
export interface Criterion {
  /** What is compared with what. */
  readonly what: string;
  /** NaN: it was not measured. */
  readonly measured: number;
  /** Whether less is better. */
  readonly atMost: boolean;
  readonly goal: number;
  /** What a nightly run must hold. */
  readonly floor: number;
  readonly unit: string;
}

export type Verdict =
  'goal reached' | 'floor held' | 'FLOOR BROKEN' | 'not measured' | 'rough: see --full';

/** A goal by its number, with the figures of one run. */
export interface Goal {
  readonly id: string;
  readonly title: string;
  /** Whether the run was too small for these figures to be judged. */
  readonly isRough: boolean;
  readonly criteria: readonly Criterion[];
}

/** What a criterion of a goal comes to. */
export function verdictOf(
  { measured, atMost, goal, floor }: Criterion,
  { isRough }: Pick<Goal, 'isRough'>,
): Verdict {
  if (Number.isNaN(measured)) return 'not measured';
  if (isRough) return 'rough: see --full';
  const holds = (line: number): boolean => (atMost ? measured <= line : measured >= line);
  if (holds(goal)) return 'goal reached';
  return holds(floor) ? 'floor held' : 'FLOOR BROKEN';
}

/** Whether any floor is broken. */
export function isBroken(goals: readonly Goal[]): boolean {
  return goals.some((goal) =>
    goal.criteria.some((criterion) => verdictOf(criterion, goal) === 'FLOOR BROKEN'),
  );
}

/** `[goal, floor]` */
type Lines = readonly [goal: number, floor: number];

/** The gateway must have at least so much. */
export function atLeast(what: string, measured: number, [goal, floor]: Lines): Criterion {
  return { what, measured, atMost: false, goal, floor, unit: '×' };
}

/** The gateway may have at most so much. */
export function atMost(
  what: string,
  measured: number,
  [goal, floor]: Lines,
  unit = '×',
): Criterion {
  return { what, measured, atMost: true, goal, floor, unit };
}
