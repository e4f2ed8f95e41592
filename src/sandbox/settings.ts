import { isCallbackKey } from './callbacks/callback-crypto.ts';
import { type SandboxClock, machineClock } from './clock.ts';

/** One AKOOL account as the sandbox knows it. */
export interface SandboxAccount {
  /** The API key, which is also the clientSecret: 16, 24 or 32 bytes. */
  readonly apiKey: string;
  readonly clientId: string;
}

/** An API request as it came in, for tests that look at what really crossed the wire. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The raw body; empty for GET. */
  readonly body: string;
}

/** Everything about a sandbox that can be chosen; what is left out has the default named here. */
export interface SandboxOptions {
  /** Where to listen; 127.0.0.1. */
  readonly host?: string;
  /** 0, the default, takes the port remembered in the state file, or else a free one. */
  readonly port?: number;
  /**
   * How others reach it, without a final slash; default: from host and port. Output and preview
   * URLs begin with it.
   */
  readonly publicUrl?: string;
  /** Default: `sandbox-api-key-sandbox-api-key!`. 16, 24 or 32 bytes. */
  readonly apiKey?: string;
  /** Default: `sandbox-client-id`. */
  readonly clientId?: string;
  /** Further accounts, each a team of its own that sees nothing of the others. */
  readonly moreAccounts?: readonly SandboxAccount[];
  /**
   * What every account has from this start on; default: what the state file says, at first 1,000. A
   * task costs 10, an analysis nothing. A balance that falls under 100 is refilled to what it was
   * last set to; one that was set to less runs out.
   */
  readonly credits?: number;
  /** How long an analysis takes; 4,000 ms, at most a day. */
  readonly analysisMs?: number;
  /** How long a task takes; 9,000 ms, at most a day. */
  readonly taskMs?: number;
  /** How late the card `late-answer` answers; 15,000 ms. */
  readonly lateAnswerMs?: number;
  /**
   * How long after a callback's first failure it is sent again, doubling from then on; 1,000 ms.
   */
  readonly callbackRetryMs?: number;
  /** How often a callback is sent before it is given up; 10. */
  readonly callbackAttempts?: number;
  /** How long a callback's answer is waited for; 10,000 ms. */
  readonly callbackTimeoutMs?: number;
  /** How long outputs and previews can be fetched once they are there; 7 days. */
  readonly expiryMs?: number;
  /**
   * A file in which everything survives the process, made when missing; default: nothing survives.
   */
  readonly stateFile?: string;
  /** How long the card `output-forbidden` keeps a file from being read; 5,000 ms. */
  readonly forbiddenMs?: number;
  /** Every number of every answer is a string, that of the quota too; false. */
  readonly numbersAsStrings?: boolean;
  /** Where the sandbox says in one line what it did by itself; default: nowhere. */
  readonly log?: (line: string) => void;
  /** Called for every API request, before it is answered. */
  readonly onRequest?: (request: SeenRequest) => void;
  readonly clock?: SandboxClock;
  /** Numbers in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

/** Options with every default filled in. */
export type Settings = Readonly<
  Required<
    Omit<
      SandboxOptions,
      'publicUrl' | 'credits' | 'stateFile' | 'apiKey' | 'clientId' | 'moreAccounts'
    >
  >
> & {
  readonly publicUrl: string | null;
  /** Null: what the state file says, at first 1,000. */
  readonly credits: number | null;
  readonly stateFile: string | null;
  /** The first one is the sandbox's own. */
  readonly accounts: readonly [SandboxAccount, ...SandboxAccount[]];
};

/**
 * Fills in the defaults. Throws a RangeError for an API key that no webhook could be encrypted
 * with.
 */
export function settingsFrom(options: SandboxOptions): Settings {
  const {
    apiKey = 'sandbox-api-key-sandbox-api-key!',
    clientId = 'sandbox-client-id',
    moreAccounts = [],
    ...rest
  } = options;
  const accounts = [{ apiKey, clientId }, ...moreAccounts] as const;
  if (!accounts.every((account) => isCallbackKey(account.apiKey))) {
    throw new RangeError('a sandbox API key must be 16, 24 or 32 bytes long');
  }
  return {
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    credits: null,
    numbersAsStrings: false,
    log: () => undefined,
    analysisMs: 4_000,
    taskMs: 9_000,
    lateAnswerMs: 15_000,
    callbackRetryMs: 1_000,
    callbackAttempts: 10,
    callbackTimeoutMs: 10_000,
    expiryMs: 7 * 24 * 3_600_000,
    forbiddenMs: 5_000,
    stateFile: null,
    onRequest: () => undefined,
    clock: machineClock,
    random: Math.random,
    ...rest,
    accounts,
  };
}
