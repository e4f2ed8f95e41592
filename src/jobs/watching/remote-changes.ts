import { jobKeyText, type Job, type JobKey, type TeamId } from '../../domain/job.ts';
import { repeat, type Clock } from '../../runtime/clock.ts';
import { createBatch } from '../../runtime/batch.ts';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { ChangedKey } from '../../store/job-store.ts';
import type { Store } from '../../store/store.ts';
import type { JobChange } from '../../store/instance-wake-ups.ts';
import type { Hub } from './hub.ts';

/**
 * Brings what other instances wrote to those who watch here. Two ways lead to the same end, reading
 * the job and publishing it:
 *
 * - a wake-up names jobs that have just changed; it comes within milliseconds, or not at all;
 * - a sweep, each few seconds, asks the store. A job made here is found by its team's sequence,
 *   which no change can slip past, a foreign one by looking at it. A job that somebody began to
 *   watch since the last sweep is looked at once, too.
 *
 * So a lost wake-up delays by a sweep and loses nothing. Publishing a state that watchers already
 * have does no harm: they go by its version. A process that is alone has nothing to bring.
 */
export interface RemoteChanges {
  stop(): void;
}

export interface RemoteChangesParts {
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
}

const SWEEP_MS = 3000;

/** How long wake-ups are gathered. */
const GATHER_MS = 10;

/** Jobs that are read at once. */
const JOBS = 500;

/**
 * Changes of one team that are read at once. Of several hundred Postgres expects so much work that
 * it compiles the statement first.
 */
const CHANGES = 100;

/** Starts to listen and to sweep. */
export function startRemoteChanges({ store, hub, clock, log }: RemoteChangesParts): RemoteChanges {
  if (!store.isShared) return { stop: () => undefined };
  /** The watched jobs that a sweep has looked at, and whether they were made here. */
  let lookedAt = new Map<string, boolean>();
  /** Up to where the changes of watched teams have been looked at. */
  let positions = new Map<TeamId, number>();

  const tell = async (
    keys: readonly JobKey[],
    onTold: (job: Job) => void = () => undefined,
  ): Promise<void> => {
    for (let from = 0; from < keys.length; from += JOBS) {
      for (const { job } of await store.readJobs(keys.slice(from, from + JOBS))) {
        onTold(job);
        hub.publish(job);
      }
    }
  };

  const failed = (error: unknown): void => {
    const message = messageOf(error);
    log.warn(
      { error: message },
      'Changes by other instances could not be read; the next sweep does',
    );
  };

  const heard = createBatch<JobKey>({
    clock,
    gatherMs: GATHER_MS,
    run: (keys) => {
      const distinct = new Map(keys.map((key) => [jobKeyText(key), key]));
      return tell([...distinct.values()]).catch(failed);
    },
  });
  const hear = (changes: readonly JobChange[]): void => {
    heard.add(changes.filter((change) => hub.isWatched(change)));
    for (const team of new Set(changes.map((change) => change.team))) hub.wakeTeam(team);
  };

  /** The watched jobs that changed after these places in their teams' sequences. */
  const changedSince = async (places: ReadonlyMap<TeamId, number>): Promise<JobKey[]> => {
    const changed: JobKey[] = [];
    for (let rest = places; rest.size > 0;) {
      const found = await store.readChangedKeys(rest, CHANGES);
      changed.push(...found.filter((key) => hub.isWatched(key)));
      rest = cutShort(found);
    }
    return changed;
  };

  const sweep = async (): Promise<void> => {
    const keys = hub.watchedJobs().map(({ key }) => key);
    const teams = new Set([...hub.watchedTeams(), ...keys.map(({ team }) => team)]);
    // Read first: what changes after it comes with the next sweep.
    const sequences =
      teams.size === 0 ? new Map<TeamId, number>() : await store.readSequences([...teams]);
    const before = lookedAt;
    // Where the team's changes have not been followed so far, having looked at a job once means
    // nothing.
    const isFollowed = (key: JobKey): boolean =>
      positions.has(key.team) && before.get(jobKeyText(key)) === true;
    lookedAt = new Map(keys.filter(isFollowed).map((key) => [jobKeyText(key), true]));
    const known = lookedAt;
    // A wake-up's look does not count: it may be older than the sequences.
    await tell(
      keys.filter((key) => !known.has(jobKeyText(key))),
      (job) => known.set(jobKeyText(job), job.madeHere),
    );
    const reached = new Map([...teams].map((team) => [team, sequences.get(team) ?? 0]));
    const isBehind = ([team, place]: [TeamId, number]): boolean => place < (reached.get(team) ?? 0);
    await tell(await changedSince(new Map([...positions].filter(isBehind))));
    for (const [team, place] of reached) if (positions.get(team) !== place) hub.wakeTeam(team);
    positions = reached;
  };

  const stopHearing = store.wakeUps.listen(hear);
  const stopSweeping = repeat({ clock, everyMs: SWEEP_MS, work: sweep, onError: failed });
  return {
    stop() {
      stopHearing();
      heard.stop();
      stopSweeping();
    },
  };
}

/** The teams of which so many changes were found that there may be more, and how far those went. */
function cutShort(found: readonly ChangedKey[]): Map<TeamId, number> {
  const counts = new Map<TeamId, number>();
  const rest = new Map<TeamId, number>();
  for (const { team, sequence } of found) {
    const count = (counts.get(team) ?? 0) + 1;
    counts.set(team, count);
    if (count === CHANGES) rest.set(team, sequence);
  }
  return rest;
}
