/** What the sandbox offers to try, told by the server of this page. Null: this is not the sandbox. */
export interface Samples {
  readonly video: string;
  readonly faces: readonly string[];
}

/** Asked once; a server that tells none is no failure. */
export const samples: Promise<Samples | null> = fetch('/samples.json')
  .then((response): Promise<Samples> | null =>
    response.headers.get('content-type')?.includes('json') === true ? response.json() : null,
  )
  .catch(() => null);
