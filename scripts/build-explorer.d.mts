/** Bundles the explorer into `dist/explorer` under `root`, when its sources or a dependency have changed. */
export declare function buildExplorer(root: string): Promise<void>;
