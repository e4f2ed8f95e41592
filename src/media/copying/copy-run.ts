import type { TeamId } from '../../domain/job.ts';
import { repeat, type Clock, type Random } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { ClaimedCopy, CopyStore } from '../../store/media-store.ts';
import { MediaStorageError } from '../storage/media-storage.ts';
import { copyFile, type CopyParts } from './copy-file.ts';
import { retryDelay } from './retry-delay.ts';

/** What a claimed copy is worked on with. */
export interface CopyRunParts {
  readonly store: CopyStore;
  readonly files: CopyParts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long a lease lasts that is not renewed, in milliseconds. */
  readonly leaseMs: number;
  /**
   * How long a source is asked again and again, in milliseconds, from when the copy was asked for.
   */
  readonly tryForMs: number;
  /** Copies are made; else those that are due wait, and what was stored is deleted in its time. */
  readonly copies: boolean;
  /** Whether the team may have more files. */
  readonly hasRoom: (team: TeamId) => Promise<boolean>;
  /** How long a copy is kept, in milliseconds; null: for ever. */
  readonly keepMs: number | null;
}

/** How long to wait for room in our own store, in milliseconds. */
const STORE_WAIT_MS = { least: 500, most: 60_000 };

/** How long a copy waits at a time while none are made, in milliseconds. */
const SWITCHED_OFF_MS = 3_600_000;

function storeWait(random: Random): number {
  return STORE_WAIT_MS.least + Math.round(random() * (STORE_WAIT_MS.most - STORE_WAIT_MS.least));
}

/**
 * Works on a copy that was claimed, to its next state: stored, failed, due again, or, past its
 * time, deleted. The file lies where the lease says and is whole before the store is told of it, so
 * a process that dies at any point leaves no copy or a whole one, under the same key. Rejects with
 * what the store throws, and when `signal` aborts or the lease is lost.
 */
export async function runCopy(
  claimed: ClaimedCopy,
  parts: CopyRunParts,
  signal: AbortSignal,
): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener('abort', end, { once: true });
  const stopRenewing = renewWhile(claimed, parts, end);
  try {
    if (claimed.copy.state === 'STORED') await deleteFile(claimed, parts);
    else if (!parts.copies) await parts.store.postponeCopy(claimed, SWITCHED_OFF_MS, false);
    else await fetchFile(claimed, parts, ending.signal);
  } finally {
    stopRenewing();
    signal.removeEventListener('abort', end);
  }
}

function renewWhile(claimed: ClaimedCopy, parts: CopyRunParts, onLost: () => void): () => void {
  const { store, clock, leaseMs } = parts;
  return repeat({
    clock,
    everyMs: leaseMs / 3,
    work: async () => {
      if (!(await store.renewCopyLease(claimed, leaseMs))) onLost();
    },
    // The next try may come in time; settling fails if it does not.
    onError: () => {},
  });
}

async function fetchFile(
  claimed: ClaimedCopy,
  { store, files, clock, random, log, tryForMs, keepMs, hasRoom }: CopyRunParts,
  signal: AbortSignal,
): Promise<void> {
  const { copy } = claimed;
  const about = { job: copy.key.id, slot: copy.slot };
  if (!(await hasRoom(copy.key.team))) {
    await store.postponeCopy(claimed, storeWait(random), false);
    return;
  }
  const outcome = await copyFile(files, copy.sourceUrl, copy.objectKey, signal);
  switch (outcome.kind) {
    case 'kept':
      await store.settleCopy(claimed, { state: 'STORED', file: outcome.file, keepMs });
      return;
    case 'gone':
      log.warn({ ...about, problem: outcome.problem }, 'A file cannot be copied');
      await store.settleCopy(claimed, { state: 'FAILED', problem: outcome.problem });
      return;
    case 'later':
      if (clock.now() - copy.requestedAt >= tryForMs) {
        log.warn({ ...about, problem: outcome.problem }, 'A file could not be copied for too long');
        await store.settleCopy(claimed, { state: 'FAILED', problem: outcome.problem });
        return;
      }
      await store.postponeCopy(
        claimed,
        retryDelay(copy.attempts, outcome.retryAfterMs ?? 0, random),
        true,
      );
      return;
    case 'store':
      log.error({ ...about, code: outcome.error.code }, outcome.error.message);
      await store.postponeCopy(claimed, storeWait(random), false);
  }
}

/** The file goes first: a process that dies in between finds nothing to delete the next time. */
async function deleteFile(
  claimed: ClaimedCopy,
  { store, files, random, log, keepMs }: CopyRunParts,
): Promise<void> {
  try {
    await files.storage.delete(claimed.copy.objectKey);
  } catch (error) {
    if (!(error instanceof MediaStorageError)) throw error;
    log.error({ job: claimed.copy.key.id, code: error.code }, error.message);
    await store.postponeCopy(claimed, storeWait(random), false);
    return;
  }
  const days = Math.round((keepMs ?? 0) / 86_400_000);
  const after = days > 0 ? ` after ${days === 1 ? 'a day' : `${days} days`}` : '';
  await store.settleCopy(claimed, { state: 'FAILED', problem: `The copy was deleted${after}.` });
}
