import { repeat, type CancelTimer, type Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { UploadStore } from '../../store/media-store.ts';
import { MEDIA_LIMITS } from '../limits.ts';
import type { MediaStorage } from '../storage/media-storage.ts';

const SWEEP_MS = 10 * 60 * 1000;

/** So few that a store that is slow does not keep a stop waiting. */
const AT_ONCE = 50;

/**
 * Deletes uploads past their time, again and again. The file goes first: what a process leaves that
 * dies in between is found by the next sweep.
 */
export function sweepUploads(parts: {
  readonly store: UploadStore;
  readonly storage: MediaStorage;
  readonly clock: Clock;
  readonly log: Log;
}): CancelTimer {
  const { store, storage, clock, log } = parts;
  return repeat({
    clock,
    firstMs: 0,
    everyMs: SWEEP_MS,
    work: async () => {
      for (;;) {
        const past = await store.readExpiredUploads(AT_ONCE, MEDIA_LIMITS.uploadAfterJobsMs);
        for (const { team, id, objectKey } of past) {
          await storage.delete(objectKey);
          await store.deleteUpload(team, id);
        }
        if (past.length < AT_ONCE) return;
      }
    },
    onError: () => log.warn({}, 'Uploads past their time could not be deleted'),
  });
}
