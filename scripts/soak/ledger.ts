import type { SeenRequest } from '../../src/sandbox/settings.ts';
import type { Transport } from './watchers.ts';

/** What was asked, bought and told in a whole run. */
export interface Ledger {
  /** Finished jobs. */
  jobs: number;
  /** Creates that callers sent to the gateway, retries and duplicates included. */
  creates: number;
  queries: number;
  /** Requests that were asked to come back later. */
  shed: number;
  /** Connections of watchers that ended before their job did, and were opened again. */
  brokenOff: number;
  readonly watchers: Record<Transport | 'vanished' | 'cameBack' | 'feeds', number>;
  /** Ends that a watcher was not told. */
  lost: number;
  /** Ends that a watcher was told more than once, and versions that came in the wrong order. */
  repeated: number;
  /** Keys that were answered with two jobs. */
  readonly jobOf: Map<string, string>;
  answeredTwice: number;
  /** What nobody expected, the first of it. */
  readonly surprises: string[];
  /** To be told of every request that AKOOL gets. */
  readonly seen: (request: SeenRequest) => void;
  /** Creates that AKOOL got for a key, beyond the one. */
  readonly doublePurchases: () => number;
  readonly keys: () => number;
}

const MOST_SURPRISES = 10;

/** A ledger with nothing in it. */
export function createLedger(): Ledger {
  const createsOf = new Map<string, number>();
  return {
    jobs: 0,
    creates: 0,
    queries: 0,
    shed: 0,
    brokenOff: 0,
    watchers: {
      WebSocket: 0,
      SSE: 0,
      multipart: 0,
      vanished: 0,
      cameBack: 0,
      feeds: 0,
    },
    lost: 0,
    repeated: 0,
    jobOf: new Map(),
    answeredTwice: 0,
    surprises: [],
    seen({ target, body }) {
      if (!target.endsWith('/task/create')) return;
      const key = keyIn(body);
      createsOf.set(key, (createsOf.get(key) ?? 0) + 1);
    },
    doublePurchases: () =>
      [...createsOf.values()].reduce((total, creates) => total + creates - 1, 0),
    keys: () => createsOf.size,
  };
}

/** A face that carries the key, so that AKOOL's side can be counted by key; `card` says what becomes of the task. */
export function faceOf(key: string, card: string): string {
  return `https://example.com/faces/${card}/face.png?key=${key}`;
}

function keyIn(body: string): string {
  return /\?key=([\w-]+)/.exec(body)?.[1] ?? body;
}

/** Notes what nobody expected. */
export function surprise({ surprises }: Ledger, what: string): void {
  if (surprises.length < MOST_SURPRISES) surprises.push(what.slice(0, 300));
}
