import { defer } from '../../../src/runtime/signal.ts';

/** A fetch whose first answer is kept back, after it has come whole, until it is let go: an answer that is overtaken. */
export interface HeldFetch {
  readonly fetch: typeof fetch;
  /** Resolves once the first answer is here. */
  readonly arrived: Promise<void>;
  letGo(): void;
  /** How many requests were made. */
  count(): number;
}

/** A fetch that keeps its first answer back. */
export function createHeldFetch(): HeldFetch {
  const arrival = defer<void>();
  const gate = defer<void>();
  let requests = 0;
  return {
    arrived: arrival.promise,
    letGo: () => gate.resolve(),
    count: () => requests,
    async fetch(input, init) {
      requests += 1;
      const isFirst = requests === 1;
      const response = await fetch(input, init);
      if (!isFirst) return response;
      const body = await response.text();
      arrival.resolve();
      await gate.promise;
      return new Response(body, { status: response.status, headers: response.headers });
    },
  };
}
