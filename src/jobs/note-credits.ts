import type { TeamId } from '../domain/job.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import type { PurchaseAttempt } from '../store/purchase.ts';
import type { PurchaseStore } from '../store/purchase-store.ts';
import { accountOf, type Accounts } from './account.ts';
import type { ReadCredits } from './credits.ts';

/**
 * Asks for the credit balance just before a create and records it with the attempt: should the
 * outcome stay unknown, it is what an operator can compare. Attempts that begin while the team's
 * balance is asked for share the answer and are recorded together. It never delays the create nor
 * makes it fail, and asks nothing while the account has no reads to spare.
 */
export type NoteCredits = (attempt: PurchaseAttempt) => void;

/** What noting needs. */
export interface NoteCreditsParts {
  readonly store: PurchaseStore;
  readonly accounts: Accounts;
  readonly readCredits: ReadCredits;
  readonly log: Log;
}

/** See NoteCredits. */
export function createNoteCredits(parts: NoteCreditsParts): NoteCredits {
  const { store, accounts, readCredits, log } = parts;
  const waiting = new Map<TeamId, string[]>();

  const note = async (team: TeamId, first: string): Promise<void> => {
    const attempts = [first];
    waiting.set(team, attempts);
    const credits = await readCredits(team).finally(() => waiting.delete(team));
    if (credits !== null) await store.noteCredits(attempts, credits);
  };

  return ({ team, attempt }) => {
    const joined = waiting.get(team);
    if (joined !== undefined) {
      joined.push(attempt);
      return;
    }
    if (accountOf(accounts, team).limiter.room() < 1) return;
    note(team, attempt).catch((error: unknown) => {
      log.debug(
        { team, error: messageOf(error) },
        'The credit balance before a create is not known',
      );
    });
  };
}
