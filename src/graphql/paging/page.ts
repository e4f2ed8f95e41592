import { builder } from '../builder.ts';
import { JobStatusRef } from '../enums.ts';
import { GatewayError } from '../../domain/errors.ts';
import type { Job, JobKind, JobStatus } from '../../domain/job.ts';
import type { GraphContext } from '../context.ts';
import { listCursor, readListCursor } from './cursors.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../limits.ts';

/** Which jobs a list holds. */
interface ListOf {
  readonly kind: JobKind;
  /** Null or undefined: any. Empty: none. */
  readonly statuses?: readonly JobStatus[] | null | undefined;
  /** Only the tasks made from this analysis. */
  readonly analysisId?: string;
}

/** The arguments that every list takes. */
interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** A page as Relay's connections have it. */
export interface Page<Node> {
  readonly edges: { cursor: string; node: Node }[];
  readonly pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

/**
 * One page of jobs made here, newest first. Throws INVALID_INPUT for a `first` out of range or an
 * `after` that is not ours.
 */
export async function readPage<Node extends Job>(
  { jobs, caller }: GraphContext,
  { kind, statuses, analysisId }: ListOf,
  args: PageArguments,
  narrow: (job: Job) => Node,
): Promise<Page<Node>> {
  const first = checkFirst(args.first);
  const after = args.after ?? null;
  const name = { storeId: jobs.storeId, kind, team: caller.team };
  const found = await jobs.list({
    team: caller.team,
    kind,
    statuses: statuses ?? null,
    analysisId: analysisId ?? null,
    after: after === null ? null : readListCursor(name, after),
    // One more than asked for tells whether there is another page.
    limit: first + 1,
  });
  const edges = found
    .slice(0, first)
    .map((job) => ({ cursor: listCursor(name, job), node: narrow(job) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: found.length > first,
      hasPreviousPage: after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function checkFirst(given: number | null | undefined): number {
  const first = given ?? DEFAULT_PAGE_SIZE;
  if (first < 1 || first > MAX_PAGE_SIZE)
    throw new GatewayError(
      'INVALID_INPUT',
      `Argument "first" must be between 1 and ${MAX_PAGE_SIZE}, and is ${first}.`,
    );
  return first;
}

/** The two arguments that every list takes. */
export const pageArguments = builder.args((t) => ({
  first: t.int({
    defaultValue: DEFAULT_PAGE_SIZE,
    description:
      'How many entries at most, 1 to 100; null is 20. Anything else is refused with INVALID_INPUT, never cut.',
  }),
  after: t.string({
    description:
      'endCursor of the page before. Null: begin with the newest. A cursor of another kind of list, or of another team, is refused with INVALID_INPUT.',
  }),
}));

/** The arguments of a list that can be narrowed down by status. */
export const statusArgument = builder.args((t) => ({
  status: t.field({
    type: [JobStatusRef],
    description:
      'Only jobs that now have one of these. Null: any status. An empty list: none, so an empty page.',
  }),
}));
