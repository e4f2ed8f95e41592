import { jobKeyText } from '../../domain/job.ts';
import type { Store } from '../store.ts';
import type { JobChange, WakeUps } from '../wake-ups.ts';

/** Wake-ups that this instance also sends. */
export interface TellingWakeUps extends WakeUps {
  /** Tells the other instances, soon; to be called once the changes are durable. */
  tell(changes: readonly JobChange[]): void;
}

/** The store, telling the other instances what it changed as soon as that is durable. */
export function withWakeUps(store: Store, wakeUps: TellingWakeUps): Store {
  return {
    ...store,
    wakeUps,
    async writeJobs(writes) {
      const written = await store.writeJobs(writes);
      const seen = new Map(writes.map(({ job, seenVersion }) => [jobKeyText(job), seenVersion]));
      const jobs = written.map(({ job }) => job);
      wakeUps.tell(jobs.filter((job) => job.version !== seen.get(jobKeyText(job))));
      return written;
    },
    async movePurchase(...args) {
      const moved = await store.movePurchase(...args);
      if (moved?.job) wakeUps.tell([moved.job.job]);
      return moved;
    },
    async adoptJob(accepted) {
      const adopted = await store.adoptJob(accepted);
      wakeUps.tell([adopted.job]);
      return adopted;
    },
  };
}
