import { messageOf } from '../runtime/errors.ts';
import type { Log } from '../runtime/log.ts';
import { attemptOf, type PurchaseAttempt } from '../store/purchase.ts';
import type { PurchaseStore } from '../store/purchase-store.ts';
import { accountOf, type Accounts } from './account.ts';
import type { ReadCredits } from './credits.ts';

/**
 * Asks for the credit balance just before a create and records it with the attempt: should the outcome stay unknown, it is what an
 * operator can compare. It never delays the create nor makes it fail, and asks nothing while the account has no reads to spare.
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

  const note = async (attempt: PurchaseAttempt): Promise<void> => {
    const credits = await readCredits(attempt.team);
    if (credits !== null) await store.noteCredits(attempt.attempt, credits);
  };

  return (attempt) => {
    if (accountOf(accounts, attempt.team).limiter.room() < 1) return;
    note(attempt).catch((error: unknown) => {
      const fields = { ...attemptOf(attempt), error: messageOf(error) };
      log.debug(fields, 'The credit balance before a create is not known');
    });
  };
}
