/** Removes from `dist` under `root` what was built of sources that are gone from its `src`. */
export declare function removeStale(root: string): void;
