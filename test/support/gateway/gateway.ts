import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import { startApp, type App } from '../../../src/app/app.ts';
import { readConfig } from '../../../src/config/config.ts';
import type { TypedDocumentString } from '../../../src/client-operations/graphql.ts';
import { systemClock, type Clock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/log/logger.ts';
import type { Store } from '../../../src/store/store.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../akool/scripted-upstream.ts';
import { envFor } from './stories.ts';

/** A whole gateway in this process, over real sockets and a real SQLite file. */
export interface Gateway {
  readonly url: string;
  readonly app: App;
  /** Every log line so far. */
  readonly logs: readonly string[];
  /** Where its database is; give it to another gateway to go on from there. */
  readonly folder: string;
  /** Runs a typed operation over HTTP; throws when the answer has errors. */
  run<Result, Variables>(
    operation: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result>;
  /** Any document over HTTP; the whole answer. */
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** A WebSocket client that is closed with the gateway. */
  socket(): Client;
  /** A subscription over a WebSocket of its own: what came so far, and its end. */
  watch(query: string, variables?: Record<string, unknown>, client?: Client): Watching;
  stop(): Promise<void>;
}

/** An answer of GraphQL over HTTP. */
export interface Answer {
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at answers of any shape
  readonly data: any;
  readonly errors?: readonly { message: string; extensions: Record<string, unknown> }[];
}

/** A subscription under way. */
export interface Watching {
  /** What came so far, `data` and `errors` alike. */
  readonly events: Answer[];
  /** Resolves when the subscription completed; rejects with what ended it otherwise. */
  readonly done: Promise<void>;
  /** Resolves once so many events came. */
  count(events: number): Promise<void>;
  stop(): void;
}

/** What a gateway is started with. */
export interface GatewayOptions {
  /** Environment beside a free port and a database in a folder of its own. */
  readonly env?: Record<string, string>;
  /** A folder that an earlier gateway used. */
  readonly folder?: string;
  readonly clock?: Clock;
  readonly wrapStore?: (store: Store) => Store;
}

/** A gateway, and the upstream that it is in front of. */
export interface GatewayOverUpstream {
  readonly upstream: ScriptedUpstream;
  readonly gateway: Gateway;
}

const stops: (() => Promise<void>)[] = [];
const upstreams: ScriptedUpstream[] = [];
const folders: string[] = [];

/**
 * Ends every gateway that is left, then the upstreams that were started with one, and deletes the gateways' folders. To be called
 * after each test.
 */
export async function stopGateways(): Promise<void> {
  for (const stop of stops.splice(0)) await stop();
  for (const upstream of upstreams.splice(0)) await upstream.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Starts an upstream and a gateway over it. `env`: beside what points the one at the other. */
export async function startWithUpstream(
  env: Readonly<Record<string, string>> = {},
): Promise<GatewayOverUpstream> {
  const upstream = await startScriptedUpstream();
  upstreams.push(upstream);
  const gateway = await startGateway({ env: { ...envFor(upstream), ...env } });
  return { upstream, gateway };
}

/** Starts a gateway. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'gateway-test-'));
  if (options.folder === undefined) folders.push(folder);
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
    ...options.env,
  });
  const logs: string[] = [];
  const log = await createLogger({
    level: 'debug',
    secrets: [],
    readable: false,
    destination: { write: (line) => logs.push(line) },
  });
  const app = await startApp({
    config,
    clock: options.clock ?? systemClock,
    random: Math.random,
    log,
    ...(options.wrapStore && { wrapStore: options.wrapStore }),
  });
  const clients = new Set<Client>();

  const ask = async (query: string, variables = {}): Promise<Answer> => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  };
  const socket = (): Client => {
    const client = createClient({
      url: `${app.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: true,
    });
    clients.add(client);
    return client;
  };
  let ended = false;
  const stop = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    for (const client of clients) await client.dispose();
    await app.stop();
  };
  stops.push(stop);

  return {
    url: app.url,
    app,
    logs,
    folder,
    ask,
    async run(operation, variables) {
      const { data, errors } = await ask(operation.toString(), variables ?? {});
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      return data;
    },
    socket,
    watch: (query, variables = {}, client = socket()) => watchOver(client, query, variables),
    stop,
  };
}

function watchOver(client: Client, query: string, variables: Record<string, unknown>): Watching {
  const events: Answer[] = [];
  const waiting = new Set<() => void>();
  let stopWatching = (): void => undefined;
  const done = new Promise<void>((resolve, reject) => {
    stopWatching = client.subscribe(
      { query, variables },
      {
        next(event) {
          events.push(event as Answer);
          for (const check of waiting) check();
        },
        error: reject,
        complete: resolve,
      },
    );
  });
  done.catch(() => undefined);
  return {
    events,
    done,
    count: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (events.length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    stop: () => stopWatching(),
  };
}
