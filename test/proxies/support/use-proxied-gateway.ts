import { afterEach, beforeEach } from 'vitest';
import type { ScriptedUpstream } from '../../support/akool/scripted-upstream.ts';
import { WEBHOOK_ENV } from '../../support/akool/webhooks.ts';
import type { Watcher } from '../../support/fleet/fleet.ts';
import {
  killGateways,
  spawnGateway,
  type GatewayProcess,
} from '../../support/gateway/gateway-process.ts';
import { envFor, taskInput } from '../../support/gateway/stories.ts';
import { until } from '../../support/processes/until.ts';
import { useProcesses } from '../../support/processes/use-processes.ts';
import type { Proxy } from '../../support/proxies/proxy.ts';
import { buy, newKey, readyAnalysis } from '../../support/purchases/buying.ts';
import type { EventStream } from './event-stream.ts';
import type { ProxyTraits } from './proxy-traits.ts';

/** A gateway on SQLite with a proxy in front; every test has them anew. */
export interface ProxiedGateway {
  readonly upstream: ScriptedUpstream;
  readonly gateway: GatewayProcess;
  readonly proxy: Proxy;
  /** Starts the gateway again where it was, after it ended. */
  restart(): Promise<void>;
  /** Buys a task; its id. */
  buyTask(): Promise<string>;
  /** Changes a task; resolves when every one of these watchers saw it. */
  change(id: string, watchers: readonly (Watcher | EventStream)[]): Promise<void>;
}

/** For the head of a group of tests. */
export function useProxiedGateway({ start }: ProxyTraits): ProxiedGateway {
  const test = useProcesses();
  let gateway: GatewayProcess;
  let proxy: Proxy;
  let progress = 0;
  const startAt = (port: string): Promise<GatewayProcess> =>
    spawnGateway(test.folder, { ...envFor(test.upstream), ...WEBHOOK_ENV, PORT: port });
  beforeEach(async () => {
    progress = 0;
    gateway = await startAt('0');
    proxy = await start([gateway]);
  });
  afterEach(async () => {
    // First, since a proxy may wait for the streams that it has.
    await killGateways();
    await proxy.stop();
  });
  return {
    get upstream() {
      return test.upstream;
    },
    get gateway() {
      return gateway;
    },
    get proxy() {
      return proxy;
    },
    async restart() {
      gateway = await startAt(new URL(gateway.url).port);
    },
    async buyTask() {
      const analysis = await readyAnalysis(gateway, test.upstream);
      const { id = '' } = await buy(gateway, taskInput(analysis, newKey()));
      return id;
    },
    async change(id, watchers) {
      progress += 1;
      const lengths = watchers.map(({ states }) => states.length);
      test.upstream.setTask(id, { status: 2, progress });
      await until(() => watchers.every(({ states }, at) => states.length > (lengths[at] ?? 0)));
    },
  };
}
