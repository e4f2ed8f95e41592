import type { Payload } from '../operation.ts';

/** A source of events of which only the latest counts, which says when there is one to be taken. */
export interface LatestSource {
  /** Null: there is nothing now. */
  take(): IteratorResult<unknown, undefined> | null;
  /** `hear` is called when there is something to take, the end included. */
  onNews(hear: () => void): void;
}

/** Answers the events of such sources. */
export interface LatestEvents {
  /**
   * Tells the answer to each event, in order. What comes while an answer is waited for is taken
   * after it. Resolves when the source has ended; rejects with what `answer` or `tell` throws, and
   * then takes nothing any more.
   */
  tellEach(
    source: LatestSource,
    answer: (event: unknown) => Payload | Promise<Payload>,
    tell: (payload: Payload) => void,
  ): Promise<void>;
}

/**
 * Sources that have news together are served together, once whoever made the news is done with it.
 * Iterators would make promises for each event, and keep them until the next one: for thousands of
 * streams that is most of the garbage that outlives the young generation.
 */
export function createLatestEvents(): LatestEvents {
  let waiting: (() => void)[] = [];
  const serveAll = (): void => {
    const turn = waiting;
    waiting = [];
    for (const serve of turn) serve();
  };
  const serveSoon = (serve: () => void): void => {
    if (waiting.push(serve) === 1) void Promise.resolve().then(serveAll);
  };

  return {
    tellEach: (source, answer, tell) =>
      new Promise((resolve, reject) => {
        /** Also once it is broken. */
        let isBusy = false;
        const broken = (error: unknown): void => {
          isBusy = true;
          reject(error instanceof Error ? error : new Error('A rejection without an error'));
        };
        const serve = (): void => {
          if (isBusy) return;
          try {
            for (let next = source.take(); next !== null; next = source.take()) {
              if (next.done === true) return resolve();
              const answered = answer(next.value);
              if (answered instanceof Promise) return waitFor(answered);
              tell(answered);
            }
          } catch (error) {
            broken(error);
          }
        };
        const waitFor = (answered: Promise<Payload>): void => {
          isBusy = true;
          answered
            .then((later) => {
              tell(later);
              isBusy = false;
              serve();
            })
            .catch(broken);
        };
        source.onNews(() => serveSoon(serve));
      }),
  };
}

/** Whether it is such a source. */
export function isLatestSource(events: object): events is LatestSource {
  return 'take' in events && 'onNews' in events;
}
