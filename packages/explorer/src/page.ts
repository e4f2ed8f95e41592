/** A tab of the story. */
export interface ShippedTab {
  readonly query: string;
  /** JSON; null for an operation that takes none. */
  readonly variables: string | null;
}

/** What the page has written for this program before it begins. */
export interface PageData {
  readonly title: string;
  /** Where the gateway answers; relative to the page. */
  readonly endpoint: string;
  readonly tabs: readonly ShippedTab[];
  /** The programs of the editor's workers, as text: a page that is one file has no place to load them from. */
  readonly workers: Readonly<Record<'editor' | 'json' | 'graphql', string>>;
}

declare global {
  /** See PageData. */
  var explorerPage: PageData;
}
