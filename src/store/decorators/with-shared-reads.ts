import { pause, type Clock } from '../../runtime/clock.ts';
import type { Store } from '../store.ts';

/**
 * The store, asked once for what many want to know of a team at the same moment: all who follow the
 * team hear of a change at once and read on from the same place. Each would otherwise need a
 * connection, and most would be turned away. Whoever asks is answered by a statement that began
 * after the question.
 */
export function withSharedReads(store: Store, timers: Clock): Store {
  const shared = <Args extends readonly unknown[], Answer>(
    ask: (...args: Args) => Promise<Answer>,
  ) => {
    /** The questions that have not gone to the engine yet. */
    const waiting = new Map<string, Promise<Answer>>();
    return (...args: Args): Promise<Answer> => {
      const question = JSON.stringify(args);
      const begin = async (): Promise<Answer> => {
        await pause(timers, 0);
        waiting.delete(question);
        return ask(...args);
      };
      const answer = waiting.get(question) ?? begin();
      waiting.set(question, answer);
      return answer;
    };
  };
  return {
    ...store,
    readChanges: shared((team, after, limit) => store.readChanges(team, after, limit)),
    readUnfinished: shared((team) => store.readUnfinished(team)),
    readSequence: shared((team) => store.readSequence(team)),
  };
}
