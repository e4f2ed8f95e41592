/** How quickly a machine lets gateways answer while something is timed. */
export interface Pulse {
  /** After `stop`: a limit in ms, and beside it ten times the slowest answer, which is little on an idle machine. */
  allow(milliseconds: number): number;
  stop(): Promise<void>;
}

const SLOWNESS = 10;
const REST_MS = 100;

/** Asks each gateway, again and again, for an answer that takes it no work. */
export function startPulse(gateways: readonly { readonly url: string }[]): Pulse {
  let stopped = false;
  let slowest = 0;
  const feel = async (url: string): Promise<void> => {
    while (!stopped) {
      const askedAt = performance.now();
      await (await fetch(`${url}/health`)).text();
      slowest = Math.max(slowest, performance.now() - askedAt);
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
  };
  const feeling = Promise.all(gateways.map(({ url }) => feel(url)));
  return {
    allow: (milliseconds) => milliseconds + SLOWNESS * slowest,
    async stop() {
      stopped = true;
      await feeling;
    },
  };
}
