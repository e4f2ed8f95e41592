import type { Store } from '../store.ts';
import type { JobChange, InstanceWakeUps } from '../instance-wake-ups.ts';

/** Wake-ups that this instance also sends. */
export interface SendingWakeUps extends InstanceWakeUps {
  /** Sends to the other instances, soon; to be called once the changes are durable. */
  send(changes: readonly JobChange[]): void;
}

/** The store of one of several instances, which wakes the others up for what it changed. */
export function withWakeUps(store: Store, wakeUps: SendingWakeUps): Store {
  store.jobsWritten.subscribe((written) => {
    const changed = written.filter(({ isNewVersion }) => isNewVersion);
    wakeUps.send(changed.map(({ stored }) => stored.job));
  });
  return { ...store, wakeUps };
}
