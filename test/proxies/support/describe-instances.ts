import { afterEach, expect, it } from 'vitest';
import { until } from '../../support/processes/until.ts';
import type { Proxy } from '../../support/proxies/proxy.ts';
import { askProxy } from './ask-proxy.ts';
import type { ProxyTraits } from './proxy-traits.ts';
import { startStubInstance, type StubInstance, type Treatment } from './stub-instance.ts';

/** Which requests go to which instance is decided by the proxy alone, so what stands behind it need be no gateway. */
export function describeInstances({
  start,
  checksReadiness,
  sendsGetsOnWhenOne,
}: ProxyTraits): void {
  const stubs: StubInstance[] = [];
  let proxy: Proxy | null = null;
  afterEach(async () => {
    await proxy?.stop();
    for (const stub of stubs.splice(0)) stub.stop();
  });
  const startStub = async (treatment: Treatment): Promise<StubInstance> => {
    const stub = await startStubInstance(treatment);
    stubs.push(stub);
    return stub;
  };
  const get = async ({ url }: Proxy): Promise<number> => {
    const answer = await fetch(`${url}/graphql`);
    await answer.arrayBuffer();
    return answer.status;
  };

  it.each(['breaks', 'goes away'] as const)(
    'a POST that reached one that %s is sent to nobody else',
    async (treatment) => {
      const all = [
        await startStub(treatment),
        await startStub(treatment),
        await startStub(treatment),
      ];
      proxy = await start(all);
      const { status } = await askProxy(proxy, 'mutation { buy }');
      expect([502, 503]).toContain(status);
      expect(all.flatMap(({ seen }) => seen)).toEqual(['POST /graphql']);
    },
  );

  it.each(['breaks', 'goes away'] as const)(
    'a GET that reached one that %s is answered by the next, where the proxy sends on',
    async (treatment) => {
      const failing = await startStub(treatment);
      const all = [failing, await startStub('answers'), await startStub('answers')];
      proxy = await start(all);
      const statuses: number[] = [];
      while (failing.seen.length === 0) statuses.push(await get(proxy));
      const isSentOn = sendsGetsOnWhenOne.includes(treatment);
      expect(statuses.every((status) => status === 200)).toBe(isSentOn);
    },
  );

  it('callers do not see /metrics', async () => {
    const stub = await startStub('answers');
    proxy = await start([stub]);
    expect((await fetch(`${proxy.url}/metrics`)).status).toBe(404);
    expect(stub.seen).toEqual([]);
  });

  it.runIf(checksReadiness)('one that is not ready gets nothing until it is', async () => {
    const [leaving, staying] = [await startStub('answers'), await startStub('answers')];
    proxy = await start([leaving, staying]);
    const isAsked = async (stub: StubInstance): Promise<boolean> => {
      const before = stub.seen.length;
      for (let count = 0; count < 10; count += 1) await get(started(proxy));
      return stub.seen.length > before;
    };
    await until(() => isAsked(leaving));
    leaving.isReady = false;
    await until(async () => !(await isAsked(leaving)));
    leaving.isReady = true;
    await until(() => isAsked(leaving));
    const [method, path, host = ''] = leaving.checks[0]?.split(' ') ?? [];
    expect([method, path]).toEqual(['GET', '/ready']);
    expect(host).toMatch(/^(localhost|127\.0\.0\.1)/);
  });
}

function started(proxy: Proxy | null): Proxy {
  if (proxy === null) throw new Error('It was not started.');
  return proxy;
}
