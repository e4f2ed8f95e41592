import { builder } from '../builder.ts';
import { JobStatusRef } from '../types/job.ts';
import { DEFAULT_PAGE_SIZE } from '../limits.ts';

/** The two arguments that every list takes. */
export const pageArguments = builder.args((t) => ({
  first: t.int({
    defaultValue: DEFAULT_PAGE_SIZE,
    description:
      'How many entries at most, 1 to 100; null is 20. Anything else is refused with INVALID_INPUT, never cut.',
  }),
  after: t.string({
    description:
      'endCursor of the page before. Null: begin with the newest. A cursor of another list is refused with INVALID_INPUT.',
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
