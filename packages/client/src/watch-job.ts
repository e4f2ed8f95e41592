import { waitBefore } from './back-off.ts';
import { systemClock, wait, type Clock } from './clock.ts';
import type { OperationText } from './operation-text.ts';
import { isFinished, type JobState } from './job-state.ts';
import {
  failureOf,
  SubscriptionCut,
  SubscriptionRefused,
  type Subscribe,
  type SubscriptionAnswer,
} from './subscribe.ts';

export { SubscriptionCut, SubscriptionRefused, type Subscribe } from './subscribe.ts';

/** WatchAnalysisDocument, WatchHeadSwapTaskDocument, or one of your own, as a string. */
export type JobSubscription<Result> = OperationText<Result, { id: string; after?: number | null }>;

/** What a subscription to a job brings. */
interface JobResult {
  readonly [field: string]: JobState;
}

/** What to watch, and how. */
export interface WatchJobOptions<Result> {
  /** overWebSocket or overServerSentEvents. */
  readonly subscribe: Subscribe;
  /** Takes `$id` and `$after`, and asks for `status` and `version`. */
  readonly document: JobSubscription<Result>;
  readonly id: string;
  /** The version last seen; when it is still the present one, it is not told again. */
  readonly after?: number;
  /** Ends the watch: the loop over it is left without an error. */
  readonly signal?: AbortSignal;
  /** Called when the connection was lost, before the time until the next attempt is waited for. */
  readonly onCut?: (cut: SubscriptionCut, waitMilliseconds: number) => void;
  readonly clock?: Clock;
  /** A number from 0 to 1, for waits that differ between clients. */
  readonly random?: () => number;
}

/**
 * The states of a job: the present one, then each newer one, never an older one, until it is COMPLETED or FAILED. A connection that was
 * lost is opened again, after waits that grow and differ between clients, and the watch goes on after the version last seen. A
 * subscription that merely ends while the job is unfinished counts as lost, whatever ended it.
 *
 * Throws SubscriptionRefused when asking again would bring the same, as for an unknown id, a wrong document, or a credential that
 * was never good; one that was good is asked for anew once it is refused.
 */
export async function* watchJob<Result extends JobResult>(
  options: WatchJobOptions<Result>,
): AsyncGenerator<Result[keyof Result], void, void> {
  const { subscribe, document, id, onCut, clock = systemClock, random = Math.random } = options;
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  if (options.signal?.aborted === true) leave();
  options.signal?.addEventListener('abort', leave);
  const { signal } = leaving;
  const variables: { id: string; after?: number } = { id };
  if (options.after !== undefined) variables.after = options.after;
  let seen: number | null = null;
  let cuts = 0;
  try {
    while (!signal.aborted) {
      try {
        for await (const answer of subscribe<Result>(
          { query: String(document), variables },
          signal,
        )) {
          const state = stateIn(answer);
          cuts = 0;
          if (seen !== null && state.version <= seen && !isFinished(state)) continue;
          seen = state.version;
          variables.after = seen;
          yield state;
          if (isFinished(state)) return;
        }
        // Nothing came, and nothing newer will: the job was finished at the version to begin after.
        if (seen === null && options.after !== undefined) return;
        throw new SubscriptionCut('The subscription ended before the job did.');
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof SubscriptionCut)) throw error;
        if (error.isDenial && (cuts > 0 || seen === null)) throw denied(error);
        cuts += 1;
        const milliseconds = waitBefore(cuts, error.retryAfterSeconds, random());
        onCut?.(error, milliseconds);
        await wait(clock, milliseconds, signal);
      }
    }
  } finally {
    options.signal?.removeEventListener('abort', leave);
    leave();
  }
}

/** A subscription has one field. */
function stateIn<Result extends JobResult>({
  data,
  errors,
}: SubscriptionAnswer<Result>): Result[keyof Result] {
  for (const field in data) {
    const state = data[field];
    if (state != null) return state;
  }
  throw failureOf(errors ?? []);
}

function denied(cut: SubscriptionCut): SubscriptionRefused {
  return new SubscriptionRefused(cut.message, 'UNAUTHENTICATED', cut.cause);
}
