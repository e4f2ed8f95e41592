/** How many events stay in view. */
const MOST_EVENTS = 100;

/**
 * The events of a subscription as GraphiQL is to show them: with each, all so far, the newest first. By itself it shows one at a
 * time, and what passes quickly is never seen.
 */
export async function* eventLog(
  events: AsyncIterable<unknown>,
): AsyncGenerator<Record<string, unknown>> {
  let log: [string, unknown][] = [];
  let count = 0;
  for await (const event of events) {
    count += 1;
    log = [[`event ${count}`, event] as [string, unknown], ...log].slice(0, MOST_EVENTS);
    yield Object.fromEntries(log);
  }
}
