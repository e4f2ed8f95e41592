/** How many events stay in view. */
const MOST_EVENTS = 100;

/**
 * Takes the events of a subscription, and gives with each all so far, the newest first, as GraphiQL is to show them: by itself it
 * shows one at a time, and what passes quickly is never seen.
 */
export function createEventLog(): (event: unknown) => Readonly<Record<string, unknown>> {
  let log: (readonly [string, unknown])[] = [];
  let count = 0;
  return (event) => {
    count += 1;
    log = [[`event ${count}`, event] as const, ...log].slice(0, MOST_EVENTS);
    return Object.fromEntries(log);
  };
}
