/** How a target is fuzzed. */
export interface FuzzOptions {
  /** How many inputs. */
  readonly runs: number;
  /** The same seed makes the same inputs. */
  readonly seed: number;
  /** Called now and then with how many inputs are done. */
  readonly onProgress?: (done: number) => void;
}

/** Something that must hold whatever comes: input from strangers, or things that happen in any order. */
export interface FuzzTarget {
  /** As in `npm run fuzz -- --only <name>`. */
  readonly name: string;
  /** Starts what is fuzzed, fuzzes it and ends it. Rejects with the smallest input found that breaks a promise, and how to see it again. */
  readonly run: (options: FuzzOptions) => Promise<void>;
}
