import { load, type LoadRequest } from '../harness/http-load.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { percentile } from '../harness/statistics.ts';
import type { Bench } from './context.ts';

export const CONNECTIONS = 32;

/** One server's side of an HTTP scenario. */
export interface Entrant {
  readonly contestant: Contestant;
  readonly server: ServerProcess;
  readonly request: (n: number) => LoadRequest;
}

/** Loads each server in turn, round by round, and begins each round with another one. */
export async function runHttpRounds(
  bench: Bench,
  scenario: string,
  entrants: readonly Entrant[],
): Promise<void> {
  const { sizes } = bench;
  for (const entrant of entrants) await warmUp(bench, entrant);
  for (let round = 0; round < sizes.rounds; round += 1) {
    bench.say(`${scenario}: round ${round + 1} of ${sizes.rounds}`);
    const first = round % entrants.length;
    for (const entrant of [...entrants.slice(first), ...entrants.slice(0, first)]) {
      await measureOnce(bench, scenario, entrant, sizes.seconds);
    }
  }
}

/** Lets the server compile what it will be measured with. */
export async function warmUp(
  { sizes }: Bench,
  { server, request }: Pick<Entrant, 'server' | 'request'>,
): Promise<void> {
  await load({
    port: server.port,
    connections: CONNECTIONS,
    requests: sizes.warmUpRequests,
    seconds: sizes.warmUpSeconds,
    request,
  });
}

/** One round of one server. */
export async function measureOnce(
  { standIn, results }: Bench,
  scenario: string,
  { contestant, server, request }: Entrant,
  seconds: number,
): Promise<void> {
  const { name, apiKey: key } = contestant;
  const before = await standIn.tell({ kind: 'counts', key });
  const cpuBefore = server.cpuNs();
  const { port } = server;
  const done = await load({ port, connections: CONNECTIONS, seconds, request });
  const cpuUsed = server.cpuNs() - cpuBefore;
  const after = await standIn.tell({ kind: 'counts', key });
  const [p50, p99] = [percentile(done.latencies, 0.5), percentile(done.latencies, 0.99)];
  results.add(scenario, name, {
    cpu: cpuUsed / 1000 / done.requests,
    rate: done.requests / done.seconds,
    p50,
    p99,
    p99ByP50: p99 / p50,
    upstream: (after.reads - before.reads) / done.requests,
  });
  results.addWrong(scenario, name, done.wrong, done.firstWrong);
}
