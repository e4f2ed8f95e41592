import { isLeftOut } from '../../purchase.ts';
import type { BuyingKey, Timeline } from './restore-timeline.ts';

/** What putting a backup in the place of the present database forgets. */
export interface RestoreLoss {
  /** The latest instant that the backup knows of; 0: it is empty. */
  readonly asOf: number;
  /**
   * Keys that callers may hold and that would buy again. Null: nobody can tell, since there is no
   * present database that can be read.
   */
  readonly buyAgain: readonly BuyingKey[] | null;
  /** Keys that are held again until somebody settles them, with the job that they have bought. */
  readonly openAgain: readonly BuyingKey[];
}

/** A restore that has changed nothing yet. */
export interface PreparedRestore {
  readonly loss: RestoreLoss;
  /**
   * Puts the backup in place, as a timeline of its own. Resolves to where what it has replaced is
   * kept; null: nothing was replaced.
   */
  commit(): Promise<string | null>;
  /** Lets go of everything. To be called at the end, committed or not. */
  close(): Promise<void>;
}

/** Compares what is known now, where that can be read, with what a backup knows. */
export function lossOf(present: Timeline | null, backup: Timeline): RestoreLoss {
  const known = new Map(backup.keys.map((each) => [nameOf(each), each]));
  const knownAs = (each: BuyingKey): BuyingKey | undefined => known.get(nameOf(each));
  return {
    asOf: backup.asOf,
    buyAgain:
      present && present.keys.filter((each) => knownAs(each) === undefined && !isLeftOut(each)),
    openAgain: (present?.keys ?? []).filter(
      (each) => each.state === 'ACCEPTED' && (knownAs(each)?.state ?? 'ACCEPTED') !== 'ACCEPTED',
    ),
  };
}

function nameOf({ team, mutation, key }: BuyingKey): string {
  return JSON.stringify([team, mutation, key]);
}
