/**
 * How connections, edges and PageInfo look and describe themselves; options of Pothos' relay
 * plugin.
 */
export const relayOptions = {
  edgesFieldOptions: {
    nullable: false,
    // The field that the page came from has already been multiplied by its size.
    complexity: { multiplier: 1 },
    description: 'The entries of this page, newest first. Empty: there are none (any more).',
  },
  pageInfoFieldOptions: {
    description: 'Where this page stands in the list, and what to ask next.',
  },
  nodeFieldOptions: { nullable: false, description: 'The job itself.' },
  cursorFieldOptions: {
    description:
      "This entry's place in the list: as `after` it brings what comes behind it. Opaque; never expires.",
  },
  pageInfoTypeOptions: {
    description: 'Where a page stands in its list. Lists run forward only, newest first.',
  },
  hasNextPageFieldOptions: {
    description: 'Whether there is more: ask again with `after` set to endCursor.',
  },
  hasPreviousPageFieldOptions: {
    description:
      'Whether this page was asked for with `after`, so that something stands before it. There is no paging backwards.',
  },
  startCursorFieldOptions: { description: "The first entry's cursor. Null: the page is empty." },
  endCursorFieldOptions: {
    description:
      "The last entry's cursor: the `after` that brings the next page. Null: the page is empty.",
  },
} as const;
