import { pause, type Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/errors.ts';
import { attemptOf, type PurchaseAttempt } from '../../store/purchase.ts';
import { StoreUnavailableError } from '../../store/store.ts';

/**
 * Runs a step that records what became of an attempt, which must not be forgotten because the store
 * is away: tries again while it is, as long as the process lives. `outcome` goes into the log.
 * Throws what else the step throws. The step may have been done when it throws, so it must do no
 * harm when done again.
 */
export type RecordUntilStored = <Result>(
  attempt: PurchaseAttempt,
  step: () => Promise<Result>,
  outcome?: { readonly job?: string },
) => Promise<Result>;

/** How often an outcome that the store could not record is tried again. */
const RECORD_AGAIN_MS = 1000;

export function createRecordUntilStored({
  clock,
  log,
}: {
  readonly clock: Clock;
  readonly log: Log;
}): RecordUntilStored {
  return async (attempt, step, outcome = {}) => {
    const fields = { ...attemptOf(attempt), ...outcome };
    for (let tries = 1; ; tries += 1) {
      try {
        const result = await step();
        if (tries > 1) log.info(fields, 'An outcome was recorded after all');
        return result;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) {
          log.error({ ...fields, error: messageOf(error) }, 'An outcome was not recorded');
          throw error;
        }
        if (tries === 1) log.error(fields, 'An outcome cannot be recorded; it is tried again');
        await pause(clock, RECORD_AGAIN_MS);
      }
    }
  };
}
