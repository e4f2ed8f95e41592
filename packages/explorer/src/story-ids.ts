/** What the examples of variables say where an id belongs, and the type whose id that is. */
const PLACES: Readonly<Record<string, string>> = {
  Analysis: 'paste the id of the analysis here',
  HeadSwapTask: 'paste the id of the task here',
  Upload: 'paste the id of the upload here',
};

/** The ids that mutations have answered with, for the tabs that go on from there. */
export interface StoryIds {
  /** Takes what a mutation has made out of an answer. */
  note(result: unknown): void;
  /**
   * A tab's variables with the latest ids where the example asks for them, or where an earlier one was put in. What somebody has
   * typed stays.
   */
  fill(tabId: string, variables: string): string;
  /** Calls the listener after each id that was noted; returns what ends that. */
  subscribe(listener: () => void): () => void;
}

interface Remembered {
  /** By type. */
  readonly latest: Record<string, string>;
  /** By tab and type. */
  readonly filled: Record<string, string>;
}

/** Where they are kept: as `Storage` has it. */
interface Keeper {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

const NAME = 'explorer:storyIds';

/** Remembers in `storage` for as long as that does. */
export function createStoryIds(storage: Keeper): StoryIds {
  const { latest, filled }: Remembered = JSON.parse(
    storage.getItem(NAME) ?? '{"latest":{},"filled":{}}',
  );
  const save = (): void => storage.setItem(NAME, JSON.stringify({ latest, filled }));
  const listeners = new Set<() => void>();
  return {
    note(result) {
      for (const made of rootObjects(result)) {
        if (made.__typename === undefined || !(made.__typename in PLACES) || !made.id) continue;
        latest[made.__typename] = made.id;
        save();
        for (const listener of listeners) listener();
      }
    },
    fill(tabId, variables) {
      let text = variables;
      for (const [type, id] of Object.entries(latest)) {
        const place = `${tabId} ${type}`;
        const earlier = [PLACES[type], filled[place]].find(
          (one) => one !== undefined && one !== id && text.includes(`"${one}"`),
        );
        if (earlier === undefined) continue;
        text = text.replaceAll(`"${earlier}"`, JSON.stringify(id));
        filled[place] = id;
        save();
      }
      return text;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

interface Made {
  readonly __typename?: string;
  readonly id?: string;
}

/** The objects directly under `data`. */
function rootObjects(result: unknown): Made[] {
  if (typeof result !== 'object' || result === null || !('data' in result)) return [];
  return Object.values(result.data ?? {}).filter(
    (value): value is Made => typeof value === 'object' && value !== null && !Array.isArray(value),
  );
}
