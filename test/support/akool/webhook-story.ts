import { buy, readyAnalysis, VIDEO } from '../purchases/buying.ts';
import {
  startGateway,
  stopGateways,
  type Gateway,
  type GatewayOptions,
} from '../gateway/gateway.ts';
import { resetAfterReading } from './scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from './scripted-upstream.ts';
import { envFor, taskInput } from '../gateway/stories.ts';
import { tokenOf, WEBHOOK_ENV } from './webhooks.ts';

/** A gateway whose tasks have webhooks, and polling that is far too slow to be what brings a state. */
export interface WebhookStory {
  readonly upstream: ScriptedUpstream;
  /** The gateway of the moment; see `restart`. */
  readonly gateway: Gateway;
  /** A completed analysis with two persons. */
  readonly analysis: string;
  /** Creates sent so far. */
  creates(): number;
  /** Reads of tasks so far. */
  reads(): number;
  /** The token of the latest create. */
  lastToken(): string;
  /** Buys a task that AKOOL accepts. */
  bought(): Promise<{ id: string; token: string }>;
  /** Buys a task that AKOOL has under this id, while the answer to its create was lost. */
  lost(id: string, videoUrl?: string): Promise<LostTask>;
  /** What a query tells of a task; null: unknown. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at answers of any shape
  stateOf(id: string): Promise<any>;
  /** How many log lines hold this text. */
  logged(text: string): number;
  /** Goes on with another gateway on the same database. */
  restart(options?: GatewayOptions): Promise<void>;
  stop(): Promise<void>;
}

/** A task whose purchase has an unknown outcome. */
export interface LostTask {
  readonly input: ReturnType<typeof taskInput>;
  readonly id: string;
  readonly token: string;
}

/** Starts one. */
export async function startWebhookStory(options: GatewayOptions = {}): Promise<WebhookStory> {
  const upstream = await startScriptedUpstream();
  const slow = { POLL_MIN_MS: '15000', POLL_MAX_MS: '15000' };
  const env = { ...envFor(upstream), ...WEBHOOK_ENV, ...slow };
  let gateway = await startGateway({ ...options, env: { ...env, ...options.env } });
  const analysis = await readyAnalysis(gateway, upstream);
  const lastToken = (): string => tokenOf(upstream.requestsTo('createTask').at(-1));

  return {
    upstream,
    get gateway() {
      return gateway;
    },
    analysis,
    creates: () => upstream.requestsTo('createTask').length,
    reads: () => upstream.requestsTo('task').length,
    lastToken,
    async bought() {
      const { id } = await buy(gateway, taskInput(analysis));
      return { id: String(id), token: lastToken() };
    },
    async lost(id, videoUrl = VIDEO) {
      const input = taskInput(analysis);
      upstream.next('createTask', resetAfterReading);
      const { __typename } = await buy(gateway, input);
      if (__typename !== 'OutcomeUnknownError') throw new Error(__typename);
      upstream.setTask(id, { status: 2, progress: 30, source_video_url: videoUrl });
      return { input, id, token: lastToken() };
    },
    async stateOf(id) {
      const fields = 'status progress version outputUrl failure { reason }';
      return (await gateway.ask(`{ headSwapTask(id: "${id}") { ${fields} } }`)).data.headSwapTask;
    },
    logged: (text) => gateway.logs.filter((line) => line.includes(text)).length,
    async restart(next = {}) {
      await gateway.stop();
      const { folder } = gateway;
      gateway = await startGateway({ ...next, folder, env: { ...env, ...next.env } });
    },
    async stop() {
      await stopGateways();
      await upstream.stop();
    },
  };
}
