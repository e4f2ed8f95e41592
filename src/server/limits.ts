import type { OperationTypeNode } from 'graphql';
import { MAX_DEPTH, MAX_QUOTED_MESSAGE_LENGTH } from '../graphql/limits.ts';

/** How many operations of one kind a team may begin. */
export interface Rate {
  /** For as long as it likes. */
  readonly perSecond: number;
  /** At once, after a while of rest. */
  readonly burst: number;
}

/**
 * Every bound of the server in one place, with the reason for its number. Tests pass their own
 * through `ServerOptions.limits`; nothing else in the server invents a number.
 */
export interface ServerLimits {
  /**
   * Largest POST body in bytes. The largest honest one is a create with five 8,192-character URLs:
   * about 45 KB.
   */
  readonly bodyBytes: number;
  /**
   * How long, in ms, a refused sender may go on sending before it is cut; long enough for honest
   * clients to read the answer.
   */
  readonly lingerMs: number;
  /** Time in ms for a request's head to arrive: what stops a slow-header attack. */
  readonly headersMs: number;
  /** Time in ms for a whole request to arrive; 100 KB in 30 s is 27 kbit/s. */
  readonly requestMs: number;
  /**
   * Idle time in ms before a kept connection is closed; longer than the 60 s of usual load
   * balancers, so that they close first.
   */
  readonly keepAliveMs: number;
  /**
   * Time in ms without a byte either way, beyond the longest mutation, before a connection is cut:
   * its caller does not read.
   */
  readonly silentMs: number;
  /** Largest head in bytes, the URL of a GET included. Node's own default, said aloud. */
  readonly headBytes: number;
  /** Time in ms that `ready` may take before the answer is no. */
  readonly readyMs: number;
  /** Time in ms that running requests and streams get to finish in a drain. */
  readonly drainMs: number;
  /**
   * Seconds that callers are asked to wait who come in a drain: somebody else may be there by then.
   */
  readonly drainRetrySeconds: number;

  /**
   * Tokens in a document. The introspection query has about 500, our largest operation about 300;
   * also what keeps the recursive parser off the end of the stack.
   */
  readonly tokens: number;
  /** Levels of fields, as the schema says. Introspection is not counted. */
  readonly depth: number;
  /**
   * Fields after every fragment is put in its place; a page that shows everything we know of a job
   * asks for about 60.
   */
  readonly fields: number;
  /**
   * Aliases, `__typename` and fragments included. Twenty jobs by id in one request is a use we
   * welcome.
   */
  readonly aliases: number;
  /** Directives. Only @include and @skip exist. */
  readonly directives: number;
  /** Fields at the root of a query. */
  readonly rootFields: number;
  /** Fields at the root of a mutation. Each may cost credits. */
  readonly mutationFields: number;
  /** Levels of objects and lists in variables; our deepest input has four. */
  readonly variableDepth: number;
  /** Validation errors answered for one document; the rest says nothing new. */
  readonly validationErrors: number;
  /**
   * Characters of a validation error's message: it names what the document asked for, at any
   * length.
   */
  readonly messageCharacters: number;
  /** Documents kept parsed and validated. */
  readonly cachedDocuments: number;
  /**
   * Characters of documents kept. A parsed document takes up to 250 times its text: 128 MB at the
   * very worst, usually a tenth.
   */
  readonly cachedCharacters: number;
  /**
   * How often an operation is seen before code is made for it. Making it costs about 100
   * executions.
   */
  readonly compileAtSight: number;
  /** Operations for which code is kept, 20 to 100 KB each. */
  readonly compiledOperations: number;

  /**
   * Time in ms for a query, for a subscription to open and for each of its events; then TIMEOUT.
   * Within it fit a job read from AKOOL and another that it refers to, each waiting for the read
   * budget and then for the answer, up to `UPSTREAM_TIMEOUT_MS` both.
   */
  readonly queryMs: number;
  /**
   * Time in ms after which a mutation is answered with TIMEOUT although it goes on: nothing that
   * may buy is ever cancelled. Only the net below its own bounds: three paid fields one after
   * another, each looking up an analysis (two of those times) and waiting for AKOOL's answer (one
   * more).
   */
  readonly mutationMs: number;
  /**
   * What one team may begin, by kind. They are there so that no team takes the process from the
   * others, and stand far above what any frontend does: a burst is thousands of clients that come
   * back after an outage at once, or a load test; sustained queries are about half of what one core
   * answers. AKOOL is guarded elsewhere: reads by their budget, creates by AKOOL's own limits.
   */
  readonly rates: Readonly<Record<OperationTypeNode, Rate>>;

  /**
   * Mean delay of the event loop in ms that counts as overload; a busy but healthy process stays
   * below 100.
   */
  readonly overloadMs: number;
  /** Interval in ms at which that delay is looked at. */
  readonly overloadWindowMs: number;
  /** Windows of overload in a row before new work is shed. */
  readonly overloadWindows: number;
  /** Seconds that shed callers are asked to wait. */
  readonly overloadRetrySeconds: number;

  /** Largest WebSocket message in bytes. */
  readonly frameBytes: number;
  /** Time in ms from the handshake to `connection_init`. */
  readonly initMs: number;
  /**
   * Interval in ms at which a credential that can be taken back is checked again while a socket or
   * an event stream is open. With the time that an issuer's keys are believed it bounds how long
   * what was opened with a revoked key goes on. 20,000 sockets make 67 checks a second.
   */
  readonly recheckMs: number;
  /** Operations running at once on one socket. */
  readonly operationsPerSocket: number;
  /** Operations running at once on all sockets of one team; five KB each for idle subscriptions. */
  readonly operationsPerTeam: number;
  /**
   * WebSockets and event streams of one team: one for each of 10,000 dashboards, and again for
   * those that reconnect meanwhile.
   */
  readonly connectionsPerTeam: number;
  /**
   * Interval in ms of pings and heartbeats. A WebSocket that misses one is removed at the next,
   * below 30 s; for streams see sse/lost-peers.ts.
   */
  readonly beatMs: number;
  /**
   * Bytes waiting for a reader above which it is sent nothing new and later gets the latest state
   * instead.
   */
  readonly bufferedBytes: number;
  /**
   * Bytes waiting for a reader that goes on asking without reading, above which it is cut: a peer's
   * own requests fill this, not our events.
   */
  readonly unreadBytes: number;
  /** Time in ms that a reader may stay full before it is closed with 4413. */
  readonly stuckMs: number;
  /**
   * Longest time in ms over which a drain spreads its closes, so that clients do not all come back
   * at once.
   */
  readonly spreadMs: number;
}

/**
 * No deadline is shorter than these, however impatient the gateway is with AKOOL: the store may be
 * slow, too.
 */
const SHORTEST_QUERY_MS = 10_000;
const SHORTEST_MUTATION_MS = 30_000;

/** The deadlines that follow from `UPSTREAM_TIMEOUT_MS`. */
export function executionLimits(
  upstreamTimeoutMs: number,
): Pick<ServerLimits, 'queryMs' | 'mutationMs'> {
  return {
    queryMs: Math.max(SHORTEST_QUERY_MS, 4 * upstreamTimeoutMs),
    mutationMs: Math.max(SHORTEST_MUTATION_MS, 10 * upstreamTimeoutMs),
  };
}

/** The numbers the gateway runs with. */
export const serverLimits: ServerLimits = {
  bodyBytes: 100 * 1024,
  lingerMs: 2_000,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  silentMs: 60_000,
  headBytes: 16 * 1024,
  readyMs: 2_000,
  drainMs: 10_000,
  drainRetrySeconds: 1,

  tokens: 2_000,
  depth: MAX_DEPTH,
  fields: 500,
  aliases: 50,
  directives: 10,
  rootFields: 30,
  mutationFields: 3,
  variableDepth: 16,
  validationErrors: 5,
  messageCharacters: MAX_QUOTED_MESSAGE_LENGTH,
  cachedDocuments: 1_000,
  cachedCharacters: 512 * 1024,
  compileAtSight: 3,
  compiledOperations: 500,

  ...executionLimits(10_000),
  rates: {
    query: { perSecond: 15_000, burst: 300_000 },
    mutation: { perSecond: 500, burst: 20_000 },
    subscription: { perSecond: 1_000, burst: 30_000 },
  },

  overloadMs: 1_000,
  overloadWindowMs: 1_000,
  overloadWindows: 3,
  overloadRetrySeconds: 5,

  frameBytes: 64 * 1024,
  initMs: 3_000,
  recheckMs: 300_000,
  operationsPerSocket: 100,
  operationsPerTeam: 100_000,
  connectionsPerTeam: 20_000,
  beatMs: 12_000,
  bufferedBytes: 256 * 1024,
  unreadBytes: 1024 * 1024,
  stuckMs: 30_000,
  spreadMs: 3_000,
};
