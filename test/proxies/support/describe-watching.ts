import { afterEach, expect, it } from 'vitest';
import { ring, tokenOf } from '../../support/akool/webhooks.ts';
import { openSocket } from '../../support/fleet/fleet.ts';
import { finishTask } from '../../support/gateway/stories.ts';
import { until } from '../../support/processes/until.ts';
import { askProxy } from './ask-proxy.ts';
import { openEventStream } from './event-stream.ts';
import type { ProxyTraits } from './proxy-traits.ts';
import { startStubInstance, STUB_ANSWER, type StubInstance } from './stub-instance.ts';
import { useProxiedGateway } from './use-proxied-gateway.ts';

/** So many changes of a job: one that came late is chance, all of them are not. */
const CHANGES = 6;

/** Far above what a proxy takes for an event, and below the 200 ms for which the kernel gathers small writes. */
const LATE_MS = 100;

/** After these graphql-ws's client comes back by itself; after 1002 it would not. */
const COME_BACK = [1001, 1006];

/** What watchers see through a proxy. */
export function describeWatching(traits: ProxyTraits): void {
  const behind = useProxiedGateway(traits);
  const { closesSocketsAtReload } = traits;
  let other: StubInstance | null = null;
  afterEach(() => {
    other?.stop();
    other = null;
  });

  it('is watched over WebSockets and SSE event by event, none of them late', async () => {
    const id = await behind.buyTask();
    const [socket, direct] = [openSocket(behind.proxy), openSocket(behind.gateway)];
    const pairs = [
      [socket.watch(id), direct.watch(id)],
      [openEventStream(behind.proxy, id), openEventStream(behind.gateway, id)],
    ] as const;
    const watchers = pairs.flat();
    await until(() => watchers.every(({ states }) => states.length > 0));
    for (let count = 0; count < CHANGES; count += 1) await behind.change(id, watchers);
    for (const [proxied, unproxied] of pairs) {
      expect(proxied.states.map(({ version }) => version)).toEqual(
        unproxied.states.map(({ version }) => version),
      );
      const late = proxied.states
        .slice(1)
        .map(({ at }, n) => at - (unproxied.states[n + 1]?.at ?? 0));
      expect(Math.min(...late)).toBeLessThan(LATE_MS);
    }

    finishTask(behind.upstream, id);
    const token = tokenOf(behind.upstream.requestsTo('createTask')[0]);
    await ring(behind.proxy, token, { _id: id, status: 3 });
    await until(() => pairs[0].every((watcher) => watcher.isDone()));
    await until(() => pairs[1].every((stream) => stream.end() === 'complete'));
    for (const { states } of watchers) expect(states.at(-1)?.status).toBe('COMPLETED');
  });

  it(`a reload ${closesSocketsAtReload ? 'keeps streams and closes sockets, which come back' : 'keeps sockets and streams'}`, async () => {
    const id = await behind.buyTask();
    const socket = openSocket(behind.proxy).watch(id);
    const stream = openEventStream(behind.proxy, id);
    await until(() => [socket, stream].every(({ states }) => states.length > 0));
    other = await startStubInstance('answers');
    await behind.proxy.reload([other]);
    // A connection that was kept may be closed by the reload at the moment in which it is used.
    await until(async () => {
      const answer = await askProxy(behind.proxy, '{ __typename }').catch(() => null);
      return (await answer?.text()) === STUB_ANSWER;
    });
    if (closesSocketsAtReload) await until(() => socket.closeCode() !== null);
    await behind.change(id, closesSocketsAtReload ? [stream] : [socket, stream]);
    expect(closesSocketsAtReload ? COME_BACK : [null]).toContain(socket.closeCode());
    expect(stream.end()).toBeNull();
  });
}
