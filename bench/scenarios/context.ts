import type { StandIn } from '../harness/stand-in-process.ts';
import type { Contestant } from '../harness/servers.ts';
import type { Results } from '../report/results.ts';
import type { Sizes } from './sizes.ts';

/** What every scenario works with. */
export interface Bench {
  readonly standIn: StandIn;
  readonly results: Results;
  readonly sizes: Sizes;
  /** The gateway and, where there is one, the baseline. */
  readonly gateways: readonly Contestant[];
  /** Hive Gateway, where it is installed. */
  readonly hive: Contestant | null;
  peer(name: string): Contestant;
  /** One line about what is going on. */
  say(line: string): void;
  /** Something that belongs beside the figures. */
  note(text: string): void;
}

/** What is measured together, on the same running servers. */
export interface ScenarioGroup {
  /** Names of results, for `--only`. */
  readonly names: readonly string[];
  /** Measures those that are wanted. */
  run(bench: Bench, wanted: ReadonlySet<string>): Promise<void>;
}
