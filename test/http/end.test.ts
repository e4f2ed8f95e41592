import { describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { startToyServer } from '../conformance/support/toy-server.ts';
import { until } from '../support/processes/until.ts';
import { codeOf, useToyServers } from '../conformance/support/use-toy-servers.ts';

const toy = useToyServers();
const { start, ask, post } = toy;

describe('the end', () => {
  it('finishes what runs, refuses what is new, and says that it is not ready', async () => {
    const answer = post({ query: '{ slow }' });
    await until(() => toy.server.waiting === 1);
    const drained = toy.server.drain();
    expect((await ask('/ready')).status).toBe(503);
    expect((await ask('/health')).status).toBe(200);
    const refused = await post({ query: '{ hello }' });
    expect([refused.status, codeOf(refused), refused.headers['retry-after']]).toEqual([
      503,
      'UNAVAILABLE',
      '1',
    ]);
    await expect(connectRaw(toy.server.url)).rejects.toThrow('503');
    toy.server.openGate();
    expect(JSON.parse((await answer).text)).toEqual({ data: { slow: 'done' } });
    await drained;
    await expect(ask('/health')).rejects.toThrow('ECONNREFUSED');
  });

  it('does not wait for ever', async () => {
    const hasty = await start({ limits: { drainMs: 20 } });
    const cut = post({ query: '{ slow }' }, {}, hasty).catch(String);
    await until(() => hasty.waiting === 1);
    await hasty.drain();
    expect(await cut).toContain('socket hang up');
  });

  it('does not start on a port that is taken, and leaves nothing behind', async () => {
    await expect(startToyServer({ port: toy.server.port })).rejects.toThrow('EADDRINUSE');
  });

  it('leaves no handle when closed amid everything', async () => {
    const kinds = (): string[] =>
      process.getActiveResourcesInfo().filter((kind) => /TCP|HTTP/.test(kind));
    const before = kinds().length;
    const busy = await startToyServer();
    busy.jobs.set('a');
    const socket = await connectRaw(busy.url);
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'subscription { feed }' } });
    const cut = post({ query: '{ slow }' }, {}, busy).catch(String);
    const stream = await fetch(`${busy.url}/graphql?query=subscription%7Bfeed%7D`, {
      headers: { accept: 'text/event-stream' },
    });
    const streamCut = stream.text().catch(String);
    await until(() => busy.waiting === 1 && busy.jobs.watching === 2);
    await busy.close();
    expect(await cut).toContain('socket hang up');
    expect(await streamCut).toContain('terminated');
    expect((await socket.closed).code).toBe(1006);
    expect(busy.jobs.watching).toBe(0);
    await until(() => kinds().length <= before);
    await busy.close();
  });
});
