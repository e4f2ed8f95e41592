import { AkoolUnavailableError } from '../../domain/errors.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { TaskSet } from '../../runtime/task-set.ts';
import {
  attemptOf,
  type NewPurchase,
  type PurchaseAttempt,
  type PurchaseState,
} from '../../store/purchase.ts';
import { StoreUnavailableError } from '../../store/store.ts';
import type { PurchaseStore } from '../../store/purchase-store.ts';
import type { Submission, SubmissionTiming } from '../../upstream/upstream.ts';
import type { ReadyOrder } from './prepare-order.ts';
import type { RecordUntilStored } from './record-outcome.ts';

/**
 * The steps of an attempt up to AKOOL's answer: the upper half of the state machine at the head of
 * purchases.ts.
 */
export interface Attempts {
  /**
   * RESERVED; false: another attempt holds the key by now. Throws what the store throws; a key that
   * was taken all the same is freed once the store is back.
   */
  reserve(purchase: NewPurchase): Promise<boolean>;
  /**
   * SENDING, then one POST, once; `began` is told in between. Throws what the store throws, and
   * frees the key once the store is back: nothing was sent. Throws AkoolUnavailableError, and frees
   * nothing, where others took this process for dead, and the key may be another attempt's. Never
   * rejects after that: what fails inside the gateway may have been sent, too.
   */
  send(
    attempt: PurchaseAttempt,
    ready: ReadyOrder,
    timing: SubmissionTiming,
    began: (attempt: PurchaseAttempt) => void,
  ): Promise<Submission<Observation>>;
}

export interface AttemptsParts {
  readonly store: PurchaseStore;
  readonly log: Log;
  readonly recordUntilStored: RecordUntilStored;
  /** What is recorded after the caller has been told. */
  readonly underWay: TaskSet;
}

export function createAttempts(parts: AttemptsParts): Attempts {
  const { store, log, recordUntilStored, underWay } = parts;

  /** Nothing was sent, wherever the record says that the attempt is. */
  const free = (attempt: PurchaseAttempt, from: readonly PurchaseState[]): void =>
    underWay.add(recordUntilStored(attempt, () => store.movePurchase(attempt, from, 'NOT_SENT')));

  return {
    async reserve(purchase) {
      try {
        return (await store.reservePurchase(purchase)).taken;
      } catch (error) {
        if (error instanceof StoreUnavailableError) free(purchase, ['RESERVED']);
        throw error;
      }
    },
    async send(attempt, ready, timing, began) {
      let moved: unknown;
      try {
        moved = await store.movePurchase(attempt, ['RESERVED'], 'SENDING');
      } catch (error) {
        // A write that fails may have happened all the same, and others may have found it.
        free(attempt, ['RESERVED', 'SENDING', 'UNKNOWN']);
        throw error;
      }
      if (moved === null) throw new AkoolUnavailableError(null);
      began(attempt);
      try {
        return await ready.send(timing);
      } catch (error) {
        log.error(
          { ...attemptOf(attempt), error: messageOf(error) },
          'A create failed inside the gateway',
        );
        return { outcome: 'unknown', reason: 'a fault of the gateway' };
      }
    },
  };
}
