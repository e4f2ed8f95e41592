import { toError } from '../../runtime/errors.ts';
import type { Tracer } from '../../runtime/tracing/tracer.ts';
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
 * Sources that have news together are served together, once whoever made the news is done with it,
 * who has no part in what is told. Iterators would make promises for each event, and keep them
 * until the next one: for thousands of streams that is most of the garbage that outlives the young
 * generation.
 */
export function createLatestEvents(tracer: Pick<Tracer, 'detach'>): LatestEvents {
  let waiting: (() => void)[] = [];
  const serveAll = (): void => {
    const turn = waiting;
    waiting = [];
    for (const serve of turn) serve();
  };
  const serveSoon = (serve: () => void): void => {
    if (waiting.push(serve) === 1) void Promise.resolve().then(() => tracer.detach(serveAll));
  };

  return {
    tellEach: (source, answer, tell) =>
      new Promise((resolve, reject) => {
        let state: 'ready' | 'answering' | 'broken' = 'ready';
        const fail = (error: unknown): void => {
          state = 'broken';
          reject(toError(error));
        };
        const serve = (): void => {
          if (state !== 'ready') return;
          try {
            for (let next = source.take(); next !== null; next = source.take()) {
              if (next.done === true) return resolve();
              const answered = answer(next.value);
              if (answered instanceof Promise) return waitFor(answered);
              tell(answered);
            }
          } catch (error) {
            fail(error);
          }
        };
        const waitFor = (answered: Promise<Payload>): void => {
          state = 'answering';
          answered
            .then((later) => {
              tell(later);
              state = 'ready';
              serve();
            })
            .catch(fail);
        };
        source.onNews(() => serveSoon(serve));
      }),
  };
}

/** Whether it is such a source. */
export function isLatestSource(events: object): events is LatestSource {
  return 'take' in events && 'onNews' in events;
}
