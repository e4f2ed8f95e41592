/** How much of everything is measured. */
export interface Sizes {
  readonly rounds: number;
  /** Of one server in one round of HTTP. */
  readonly seconds: number;
  /** A server is warm after so many requests; a slow one is given no more than so long. */
  readonly warmUpRequests: number;
  readonly warmUpSeconds: number;
  readonly latencyRounds: number;
  /** Of one transport. */
  readonly subscribers: number;
  /** Of one crowd in one round. */
  readonly events: number;
  readonly crowdRounds: number;
  /** How long subscribers rest before a server's memory is read, in ms; pings come each 12 s. */
  readonly restMs: number;
  /** Servers whose memory is looked at side by side, as far as descriptors go. */
  readonly crowdsAtOnce: number;
  readonly watchedTasks: number;
  /** Of one look at watched or unwatched tasks: how often each is read meanwhile. */
  readonly lookPolls: number;
  /** Each is a look at unwatched tasks and one at watched ones. */
  readonly lookPairs: number;
  /** Before those that count. */
  readonly warmUpLookPairs: number;
  readonly documents: number;
  readonly jobs: number;
  readonly jobRounds: number;
  /** How long a server is looked at while nothing happens; pings come each 12 s. */
  readonly jobRestSeconds: number;
  /** Jobs before those that count: the code is compiled by then. */
  readonly warmUpJobs: number;
  readonly readSeconds: number;
}

export const QUICK: Sizes = {
  rounds: 3,
  seconds: 0.3,
  warmUpRequests: 3_000,
  warmUpSeconds: 1,
  latencyRounds: 2,
  subscribers: 2_000,
  events: 3,
  crowdRounds: 2,
  restMs: 500,
  crowdsAtOnce: 4,
  watchedTasks: 1_000,
  lookPolls: 4,
  lookPairs: 2,
  warmUpLookPairs: 1,
  documents: 3_000,
  jobs: 80,
  jobRounds: 2,
  jobRestSeconds: 3,
  warmUpJobs: 150,
  readSeconds: 3,
};

export const FULL: Sizes = {
  rounds: 6,
  seconds: 2,
  warmUpRequests: 20_000,
  warmUpSeconds: 5,
  latencyRounds: 6,
  subscribers: 10_000,
  events: 8,
  crowdRounds: 3,
  restMs: 13_000,
  crowdsAtOnce: 1,
  watchedTasks: 5_000,
  lookPolls: 8,
  lookPairs: 8,
  warmUpLookPairs: 2,
  documents: 50_000,
  jobs: 1_000,
  jobRounds: 2,
  jobRestSeconds: 12,
  warmUpJobs: 500,
  readSeconds: 10,
};
