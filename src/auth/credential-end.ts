import type { Caller } from '../domain/caller.ts';
import type { CancelTimer, Clock } from '../runtime/clock.ts';

/** How a credential ended. */
export type CredentialEnd = 'expired' | 'revoked';

/**
 * Runs `end`, at most once, when the caller's credential has expired or a check of it, repeated
 * every `recheckMs`, has refused it. A check that cannot tell ends nothing. The returned function
 * ends the waiting; null: there is nothing to wait for.
 */
export function onCredentialEnd(
  caller: Caller,
  parts: { readonly clock: Clock; readonly limits: { readonly recheckMs: number } },
  end: (how: CredentialEnd) => void,
): CancelTimer | null {
  const { expiresAt, isStillGood } = caller;
  if (expiresAt === null && isStillGood === undefined) return null;
  const { clock, limits } = parts;
  let cancelExpiry: CancelTimer = () => {};
  let cancelCheck: CancelTimer = () => {};
  let over = false;
  const cancel = (): void => {
    over = true;
    cancelExpiry();
    cancelCheck();
  };
  const endOnce = (how: CredentialEnd): void => {
    if (over) return;
    cancel();
    end(how);
  };
  if (expiresAt !== null) {
    cancelExpiry = clock.after(expiresAt - clock.now(), () => endOnce('expired'));
  }
  const checkLater = (check: () => Promise<boolean>): void => {
    if (over) return;
    cancelCheck = clock.after(limits.recheckMs, () => {
      check().then(
        (isGood) => (isGood ? checkLater(check) : endOnce('revoked')),
        () => checkLater(check),
      );
    });
  };
  if (isStillGood !== undefined) checkLater(isStillGood);
  return cancel;
}
