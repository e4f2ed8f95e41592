import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import type { Answer } from '../gateway/gateway.ts';
import { newFolder } from '../processes/folder.ts';
import { spawnGateway, type GatewayProcess } from '../gateway/gateway-process.ts';
import { json, type ScriptedAnswer } from '../akool/scripted-answers.ts';
import type { ScriptedUpstream } from '../akool/scripted-upstream.ts';
import { envFor, taskInput } from '../gateway/stories.ts';
import { buy } from '../purchases/buying.ts';

/** Several gateways, each a process of its own, on one database and one upstream. */
export interface Fleet {
  readonly upstream: ScriptedUpstream;
  /** The URL of the database. */
  readonly database: string;
  readonly gateways: GatewayProcess[];
  /** Starts one more. */
  add(env?: Record<string, string>): Promise<GatewayProcess>;
}

/** Starts `size` gateways at once, as after a power cut. */
export async function startFleet(
  database: string,
  upstream: ScriptedUpstream,
  size: number,
  env: Record<string, string> = {},
): Promise<Fleet> {
  const spawn = (more: Record<string, string> = {}): Promise<GatewayProcess> =>
    spawnGateway(newFolder(), {
      ...envFor(upstream),
      DATABASE_URL: database,
      // Whole fleets share the machine with the tests: what takes long here says nothing about outcomes.
      UPSTREAM_TIMEOUT_MS: '60000',
      POLL_MIN_MS: '200',
      POLL_MAX_MS: '800',
      ...env,
      ...more,
    });
  const gateways = await Promise.all(Array.from({ length: size }, () => spawn()));
  return {
    upstream,
    database,
    gateways,
    async add(more) {
      const gateway = await spawn(more);
      gateways.push(gateway);
      return gateway;
    },
  };
}

/** A fleet's member by its place. */
export function member({ gateways }: Fleet, place: number): GatewayProcess {
  const gateway = gateways[place];
  if (gateway === undefined) throw new Error(`There is no gateway ${place}.`);
  return gateway;
}

/** So many purchases at once are no load for a gateway, not even on a busy machine. */
const BUY_AT_ONCE = 5;

/** Buys tasks, each at the next gateway; their ids, in order. */
export async function makeTasks(fleet: Fleet, analysis: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  const buyOne = async (_: unknown, number: number): Promise<string> => {
    const gateway = member(fleet, (ids.length + number) % fleet.gateways.length);
    const { id, ...rest } = await buy(gateway, taskInput(analysis));
    if (id === undefined) throw new Error(JSON.stringify(rest));
    return id;
  };
  while (ids.length < count) {
    const length = Math.min(BUY_AT_ONCE * fleet.gateways.length, count - ids.length);
    ids.push(...(await Promise.all(Array.from({ length }, buyOne))));
  }
  return ids;
}

/** What one watcher saw. */
export interface Watcher {
  /** States in the order they came, each with when it came. */
  readonly states: { readonly at: number; readonly status: string; readonly version: number }[];
  /** Whether the stream completed, as it does after the final state. */
  isDone(): boolean;
  /** Why the socket closed; null while it has not. */
  closeCode(): number | null;
}

const WATCH =
  'subscription($id: ID!, $after: Int) { headSwapTaskStatusChanged(id: $id, after: $after) { status version } }';

/** One socket at a gateway, with any number of watchers on it. */
export function openSocket(gateway: { readonly url: string }) {
  let closeCode: number | null = null;
  const client: Client = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
    on: {
      closed: (event) => {
        closeCode = event instanceof Object && 'code' in event ? Number(event.code) : 0;
      },
    },
  });
  return {
    close: () => client.dispose(),
    watch(id: string, after: number | null = null): Watcher {
      const states: Watcher['states'] = [];
      let done = false;
      client.subscribe<Answer['data']>(
        { query: WATCH, variables: { id, after } },
        {
          next({ data }) {
            if (data) states.push({ at: Date.now(), ...data.headSwapTaskStatusChanged });
          },
          error: () => undefined,
          complete: () => {
            done = closeCode === null;
          },
        },
      );
      return { states, isDone: () => done, closeCode: () => closeCode };
    },
  };
}

/** Plays the reads of tasks, like the scripted upstream untold, and remembers when each began. */
export function recordReads(upstream: ScriptedUpstream, answerAfterMs = 0) {
  const reads: { readonly id: string; readonly at: number }[] = [];
  const tasks = new Map<string, object>();
  const answer: ScriptedAnswer = (exchange) => {
    const id = new URL(exchange.request.path, 'http://upstream').searchParams.get('_id') ?? '';
    reads.push({ id, at: Date.now() });
    const running = { status: 2, source_video_url: 'https://example.com/videos/source.mp4' };
    const reply = json({ code: 1000, msg: 'OK', data: { _id: id, ...running, ...tasks.get(id) } });
    setTimeout(() => reply(exchange), answerAfterMs);
  };
  upstream.always('task', answer);
  return {
    reads,
    /** Lets the upstream complete a task. */
    finish: (id: string) =>
      void tasks.set(id, {
        status: 3,
        progress: 100,
        video_url: 'https://example.com/output/result.mp4',
      }),
  };
}
