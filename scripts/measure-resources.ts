// What one gateway takes of a machine, idle and busy, as /proc tells it: the figures behind the requests and limits of
// deploy/kubernetes.yaml. `npm run build && npx tsx scripts/measure-resources.ts --watchers 1000 --purchases 10 --seconds 30`.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startScriptedUpstream } from '../test/support/akool/scripted-upstream.ts';
import { openSocket } from '../test/support/fleet/fleet.ts';
import { killGateways, spawnGateway } from '../test/support/gateway/gateway-process.ts';
import { envFor, taskInput } from '../test/support/gateway/stories.ts';
import { newFolder, removeFolders } from '../test/support/processes/folder.ts';
import { buy, newKey, readyAnalysis } from '../test/support/purchases/buying.ts';

/** Clock ticks a second, on every Linux that Node runs on. */
const TICKS = 100;
const SAMPLE_MS = 500;

const { values } = parseArgs({
  options: {
    watchers: { type: 'string', default: '1000' },
    purchases: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '30' },
  },
});
const watchers = Number(values.watchers);
const purchases = Number(values.purchases);
const seconds = Number(values.seconds);

function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function residentMiB(pid: number): number {
  const [, kB] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kB) / 1024;
}

/** Looks at a process for so long; does `each` once a second meanwhile. */
async function look(name: string, pid: number, each: () => void): Promise<void> {
  const cpuBefore = processorSeconds(pid);
  const begunAt = performance.now();
  let most = 0;
  for (let samples = 0; performance.now() - begunAt < seconds * 1000; samples += 1) {
    if (samples % (1000 / SAMPLE_MS) === 0) each();
    most = Math.max(most, residentMiB(pid));
    await delay(SAMPLE_MS);
  }
  const share = (processorSeconds(pid) - cpuBefore) / ((performance.now() - begunAt) / 1000);
  process.stdout.write(
    `${name}: ${Math.round(most)} MiB resident at most, ${Math.round(share * 1000)} m of a processor\n`,
  );
}

const upstream = await startScriptedUpstream();
try {
  const env = {
    ...envFor(upstream),
    NODE_ENV: 'production',
    POLL_MIN_MS: '2000',
    POLL_MAX_MS: '30000',
  };
  const gateway = await spawnGateway(
    newFolder(),
    env,
    ['dist/main.js'].map((file) => `${process.cwd()}/${file}`),
  );
  await delay(3000);
  await look('idle', gateway.pid, () => undefined);

  const analysis = await readyAnalysis(gateway, upstream);
  const buyOne = async (): Promise<string> => {
    const { id, ...rest } = await buy(gateway, taskInput(analysis, newKey()));
    if (id === undefined) throw new Error(JSON.stringify(rest));
    return id;
  };
  const ids: string[] = [];
  while (ids.length < Math.min(watchers, 200)) ids.push(await buyOne());
  let seen = 0;
  const watching = Array.from({ length: watchers }, (_, at) =>
    openSocket(gateway).watch(ids[at % ids.length] ?? ''),
  );
  let progress = 0;
  let bought = 0;
  await look(`${watchers} watchers, ${purchases} purchases a second`, gateway.pid, () => {
    progress = (progress + 1) % 100;
    for (const id of ids) upstream.setTask(id, { status: 2, progress });
    for (let count = 0; count < purchases; count += 1) void buyOne().then(() => (bought += 1));
  });
  for (const { states } of watching) seen += states.length;
  process.stdout.write(`${bought} bought, ${seen} states seen\n`);
} finally {
  await killGateways();
  await upstream.stop();
  removeFolders();
}
process.exit(0);
