/**
 * A function that answers one item each, by way of one that answers many: what is asked for while a
 * run goes on, and in the same turn of the event loop, shares the next run. The busier the process
 * or the slower the database, the more share a statement; who comes alone waits for nobody. Rejects
 * for all of a run as the run does. `namesOf`: two items with a name in common never share a run;
 * the later one comes later.
 */
export function batched<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  namesOf: (item: Item) => readonly string[],
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let isUnderWay = false;

  const runGroup = async (): Promise<void> => {
    const [group, others] = apart(waiting, namesOf);
    waiting = others;
    try {
      const results = await run(group.map(({ item }) => item));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one result for each item
      for (const [place, { resolve }] of group.entries()) resolve(results[place] as Result);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    if (waiting.length > 0) setImmediate(begin);
    else isUnderWay = false;
  };
  const begin = (): void => void runGroup();

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isUnderWay) return;
      isUnderWay = true;
      setImmediate(begin);
    });
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** The most that share a run. */
const MOST = 100;

/** Those that may share a run, and the others, each in order. */
function apart<Item, Result>(
  waiting: readonly Waiting<Item, Result>[],
  namesOf: (item: Item) => readonly string[],
): [Waiting<Item, Result>[], Waiting<Item, Result>[]] {
  const taken = new Set<string>();
  const group: Waiting<Item, Result>[] = [];
  const others: Waiting<Item, Result>[] = [];
  for (const each of waiting) {
    const names = namesOf(each.item);
    if (group.length >= MOST || names.some((name) => taken.has(name))) others.push(each);
    else group.push(each);
    for (const name of names) taken.add(name);
  }
  return [group, others];
}
