import type { Clock } from '../../runtime/clock.ts';
import type { Store } from '../store.ts';
import { withBatchedReads } from './with-batched-reads.ts';
import { withSharedReads } from './with-shared-reads.ts';
import { withStaleReads } from './with-stale-reads.ts';
import { withWakeUps, type SendingWakeUps } from './with-wake-ups.ts';

/**
 * The store of one of several instances, on a database that may be away: it wakes the others up,
 * reads what many ask for at once in one statement, and recalls jobs from memory while the database
 * cannot answer.
 */
export function sharedStore(store: Store, wakeUps: SendingWakeUps, timers: Clock): Store {
  const waking = withWakeUps(store, wakeUps);
  const recalling = withStaleReads(withBatchedReads(waking, timers));
  return { ...withSharedReads(recalling, timers), isShared: true };
}
