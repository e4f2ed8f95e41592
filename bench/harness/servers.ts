import { startServer, type ServerProcess } from './server-process.ts';
import { programOf } from './programs.ts';
import type { Pinning } from './pinning.ts';

/** What can be measured: a peer of the bench, or a build of the gateway. */
export interface Contestant {
  /** Its name in results. */
  readonly name: string;
  readonly isGateway: boolean;
  /** By which the stand-in counts its calls. 32 characters, so that it opens webhooks. */
  readonly apiKey: string;
  start(options?: StartOptions): Promise<ServerProcess>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments of node. */
  readonly nodeArgs?: readonly string[];
  readonly folder?: string;
  readonly port?: number;
}

/** What callers of a gateway present; peers look at no credential. */
export const CALLER_KEY = 'bench-caller-key-0123456789';

export const GATEWAY = 'gateway';
export const BASELINE = 'baseline';

export interface World {
  readonly pinning: Pinning;
  readonly standInUrl: string;
}

/** A build of the gateway as shipped: its defaults, callers' credentials on. */
export function gatewayAt(name: string, entry: string, world: World): Contestant {
  const apiKey = keyOf(name);
  return {
    name,
    isGateway: true,
    apiKey,
    start: (options = {}) =>
      startServer({
        name,
        args: [...(options.nodeArgs ?? []), entry],
        env: {
          AKOOL_BASE_URL: world.standInUrl,
          AKOOL_API_KEY: apiKey,
          CALLER_KEYS: CALLER_KEY,
          ...options.env,
        },
        readyPath: '/ready',
        endSignal: 'SIGTERM',
        pinning: world.pinning,
        ...placeOf(options),
      }),
  };
}

/** A peer, by the name of its file. */
export function peer(name: string, world: World): Contestant {
  const apiKey = keyOf(name);
  return {
    name,
    isGateway: false,
    apiKey,
    start: (options = {}) =>
      startServer({
        name,
        args: [...(options.nodeArgs ?? []), programOf(name)],
        env: { AKOOL_BASE_URL: world.standInUrl, AKOOL_API_KEY: apiKey, ...options.env },
        readyPath: null,
        endSignal: 'SIGKILL',
        pinning: world.pinning,
        ...placeOf(options),
      }),
  };
}

function keyOf(name: string): string {
  return name.slice(0, 32).padEnd(32, '-');
}

function placeOf({ folder, port }: StartOptions): { folder?: string; port?: number } {
  return { ...(folder === undefined ? {} : { folder }), ...(port === undefined ? {} : { port }) };
}
