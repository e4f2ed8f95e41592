import type { TeamId } from '../../domain/job.ts';
import { repeat, type CancelTimer } from '../../runtime/clock.ts';
import type { WrittenJob } from '../../store/job-store.ts';
import type { Signal } from '../../runtime/signal.ts';
import type { ClaimedCopy } from '../../store/media-store.ts';
import { copyRequestsOf } from './copy-requests.ts';
import { runCopy, type CopyRunParts } from './copy-run.ts';

/** Copies the files of finished jobs, and deletes copies in their time, while it runs. */
export interface Copier {
  /** How many files are being copied now. */
  running(): number;
  /**
   * Ends copying at once; what was under way is given back for other instances, or the next start.
   */
  stop(): Promise<void>;
}

/** What a copier works with. */
export interface CopierParts extends CopyRunParts {
  readonly teams: readonly TeamId[];
  readonly jobsWritten: Signal<readonly WrittenJob[]>;
  /** Files copied at once, in all and of one team. */
  readonly atOnce: number;
  readonly atOncePerTeam: number;
}

/** How many finished jobs are asked about in one step. */
const REQUESTS_AT_ONCE = 200;

/** How often to look for what another instance left behind, in milliseconds. */
const SWEEP_MS = 30_000;

/** The shortest rest between two looks for what is due, in milliseconds. */
const REST_MS = 500;

/**
 * Starts copying. A job that ends is asked about at once, by the instance that wrote its end; a
 * sweep finds what an instance that died left out. Due copies are claimed by leases in the store,
 * so each is copied by one instance at a time.
 */
export function startCopier(parts: CopierParts): Copier {
  const { store, clock, log, teams, jobsWritten } = parts;
  const running = new Set<Promise<void>>();
  const aborting = new AbortController();
  let cancelLook: CancelTimer = () => {};
  let looking = false;
  let lookAgain = false;
  let stopped = false;

  const request = async (team: TeamId): Promise<void> => {
    while (!stopped && (await store.requestCopies(team, copyRequestsOf, REQUESTS_AT_ONCE)));
  };

  const run = (claimed: ClaimedCopy): void => {
    const done = runCopy(claimed, parts, aborting.signal)
      .catch((error: unknown) => {
        if (!aborting.signal.aborted)
          log.warn({ job: claimed.copy.key.id, error }, 'A copy broke off');
      })
      .finally(() => {
        running.delete(done);
        look();
      });
    running.add(done);
  };

  const lookOnce = async (): Promise<void> => {
    const free = parts.atOnce - running.size;
    if (free <= 0) return;
    const claimed = await store.claimCopies(free, parts.atOncePerTeam, parts.leaseMs);
    for (const each of claimed) run(each);
    const dueAt = await store.nextCopyDue();
    if (dueAt === null || stopped) return;
    cancelLook();
    cancelLook = clock.after(Math.max(REST_MS, dueAt - clock.now()), look);
  };

  /** One look at a time; whoever asks meanwhile is followed by another. */
  function look(): void {
    if (stopped) return;
    if (looking) {
      lookAgain = true;
      return;
    }
    looking = true;
    lookOnce()
      .catch((error: unknown) => log.warn({ error }, 'Copies that are due could not be looked for'))
      .finally(() => {
        looking = false;
        if (!lookAgain) return;
        lookAgain = false;
        look();
      });
  }

  const requestAndLook = async (asked: readonly TeamId[]): Promise<void> => {
    for (const team of asked) await request(team);
    look();
  };
  const stopHearing = jobsWritten.subscribe((written) => {
    if (!parts.copies) return;
    const asked = teamsOfEnded(written);
    // What fails here is found by the next sweep.
    if (asked.length > 0) requestAndLook(asked).catch(() => {});
  });
  const stopSweeping = repeat({
    clock,
    firstMs: 0,
    everyMs: SWEEP_MS,
    work: () => requestAndLook(parts.copies ? teams : []),
    onError: () =>
      log.warn({}, 'Finished jobs whose files are to be copied could not be looked for'),
  });

  return {
    running: () => running.size,
    async stop() {
      stopped = true;
      stopHearing();
      stopSweeping();
      cancelLook();
      aborting.abort();
      await Promise.all(running);
      await store.releaseCopies().catch(() => undefined);
    },
  };
}

/** The teams that have a job more that ended well. */
function teamsOfEnded(written: readonly WrittenJob[]): TeamId[] {
  const ended = written.filter(
    ({ stored, isNewVersion }) => isNewVersion && stored.job.status === 'COMPLETED',
  );
  return [...new Set(ended.map(({ stored }) => stored.job.team))];
}
