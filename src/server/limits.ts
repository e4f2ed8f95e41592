/**
 * Every bound of the server in one place, with the reason for its number. Tests pass their own through `ServerOptions.limits`;
 * nothing else in the server invents a number.
 */
export interface ServerLimits {
  /** Largest POST body in bytes. The largest honest one is a create with five 2,048-character URLs: about 15 KB. */
  readonly bodyBytes: number;
  /** How long, in ms, a refused sender may go on sending before it is cut; long enough for honest clients to read the answer. */
  readonly lingerMs: number;
  /** Time in ms for a request's head to arrive: what stops a slow-header attack. */
  readonly headersMs: number;
  /** Time in ms for a whole request to arrive; 100 KB in 30 s is 27 kbit/s. */
  readonly requestMs: number;
  /** Idle time in ms before a kept connection is closed; longer than the 60 s of usual load balancers, so that they close first. */
  readonly keepAliveMs: number;
  /** Largest head in bytes, the URL of a GET included. Node's own default, said aloud. */
  readonly headBytes: number;
  /** Time in ms that `ready` may take before the answer is no. */
  readonly readyMs: number;
  /** Time in ms that running requests and streams get to finish in a drain. */
  readonly drainMs: number;

  /** Tokens in a document. The introspection query has about 500, our largest operation about 300; also what keeps the recursive parser off the end of the stack. */
  readonly tokens: number;
  /** Levels of fields. The longest sensible path (a list, its tasks, their persons) has nine. Introspection is not counted. */
  readonly depth: number;
  /** Fields after every fragment is put in its place; a page that shows everything we know of a job asks for about 60. */
  readonly fields: number;
  /** Aliases, `__typename` and fragments included. Twenty jobs by id in one request is a use we welcome. */
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
  /** Characters of a validation error's message: it names what the document asked for, at any length. */
  readonly messageCharacters: number;
  /** Documents kept parsed and validated. */
  readonly cachedDocuments: number;
  /** Characters of documents kept. A parsed document takes up to 250 times its text: 128 MB at the very worst, usually a tenth. */
  readonly cachedCharacters: number;

  /** Largest WebSocket message in bytes. */
  readonly frameBytes: number;
  /** Time in ms from the handshake to `connection_init`. */
  readonly initMs: number;
  /** Operations running at once on one socket. */
  readonly operationsPerSocket: number;
  /** WebSockets and event streams of one team. */
  readonly connectionsPerTeam: number;
  /** Interval in ms of pings and heartbeats. A peer that misses one is removed at the next: at most twice this, below 30 s. */
  readonly beatMs: number;
  /** Bytes waiting for a reader above which it is sent nothing new and later gets the latest state instead. */
  readonly bufferedBytes: number;
  /** Bytes waiting for a reader that goes on asking without reading, above which it is cut: a peer's own requests fill this, not our events. */
  readonly unreadBytes: number;
  /** Time in ms that a reader may stay full before it is closed with 4413. */
  readonly stuckMs: number;
  /** Longest time in ms over which a drain spreads its closes, so that clients do not all come back at once. */
  readonly spreadMs: number;
}

/** The numbers the gateway runs with. */
export const serverLimits: ServerLimits = {
  bodyBytes: 100 * 1024,
  lingerMs: 2_000,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  headBytes: 16 * 1024,
  readyMs: 2_000,
  drainMs: 10_000,

  tokens: 2_000,
  depth: 10,
  fields: 500,
  aliases: 50,
  directives: 10,
  rootFields: 30,
  mutationFields: 3,
  variableDepth: 16,
  validationErrors: 5,
  messageCharacters: 500,
  cachedDocuments: 1_000,
  cachedCharacters: 512 * 1024,

  frameBytes: 64 * 1024,
  initMs: 3_000,
  operationsPerSocket: 100,
  connectionsPerTeam: 1_000,
  beatMs: 12_000,
  bufferedBytes: 256 * 1024,
  unreadBytes: 1024 * 1024,
  stuckMs: 30_000,
  spreadMs: 3_000,
};
