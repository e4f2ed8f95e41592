import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { freePort } from './example/free-port.ts';
import { flagsOf } from './flags.ts';
import type { Callers } from './soak/callers.ts';
import { fillMemories } from './soak/fill-memories.ts';
import { startSoakedGateway } from './soak/gateway-process.ts';
import { createLedger } from './soak/ledger.ts';
import { lookInside, type Look } from './soak/look-inside.ts';
import { reportOf } from './soak/report.ts';
import { runRound } from './soak/round.ts';

/*
 * npm run soak -- --minutes 30
 *
 * The gateway as it is shipped, against the sandbox, with rounds of churn: jobs, webhooks, creates with retries and duplicates, watchers
 * that stay, vanish and come back. Between two rounds it is at rest, and looked into through Node's inspector. At the end the figures,
 * and a verdict: exits 1 when the heap, descriptors, timers, handles or listeners grow, when an event is lost or told twice, or when
 * something is bought twice.
 */

const USAGE = `Usage: npm run soak -- [--minutes <number>]

  --minutes   how long it runs; default 30
  --help      prints this
`;

const { values } = flagsOf(USAGE, () =>
  parseArgs({
    options: { minutes: { type: 'string', default: '30' }, help: { type: 'boolean' } },
  }),
);
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  process.stderr.write(`--minutes takes a number above 0\n\n${USAGE}`);
  process.exit(2);
}

/** So long, and a fifth of the whole, before anything is judged. */
const MINUTE_MS = 60_000;
const WARM_UP_SHARE = 0.2;

/** A run of ten minutes and more fills every memory of the gateway first. */
const fillShare = Math.min(1, minutes / 10);

/** Sockets that both sides have closed take a moment to go. */
const REST_MS = 1_500;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const folder = mkdtempSync(join(tmpdir(), 'gateway-soak-'));
const ledger = createLedger();
const sandbox = await startSandbox({ analysisMs: 1_000, taskMs: 3_000, onRequest: ledger.seen });
const port = String(await freePort());
const gateway = await startSoakedGateway(folder, {
  PORT: port,
  PUBLIC_URL: `http://127.0.0.1:${port}`,
  DATABASE_URL: 'file:gateway.db',
  AKOOL_BASE_URL: sandbox.url,
  AKOOL_API_KEY: sandbox.apiKey,
  AKOOL_CLIENT_ID: sandbox.clientId,
  POLL_MIN_MS: '500',
  POLL_MAX_MS: '2000',
  POLL_BUDGET_PER_SECOND: '200',
  NODE_ENV: 'production',
});
const callers: Callers = { url: gateway.url, ledger };

say('Filling what the gateway remembers.');
await fillMemories(callers, fillShare);

const startedAt = performance.now();
const passedMs = (): number => performance.now() - startedAt;
const looks: (Look & { atHours: number })[] = [];
let judgedFrom = Number.NaN;
for (let round = 0; passedMs() < minutes * MINUTE_MS; round += 1) {
  await runRound(callers, round);
  await pause(REST_MS);
  const look = await lookInside(gateway.inspector, gateway.pid);
  const isWarm = passedMs() > WARM_UP_SHARE * minutes * MINUTE_MS;
  if (isWarm) {
    judgedFrom = Number.isNaN(judgedFrom) ? passedMs() : judgedFrom;
    looks.push({ ...look, atHours: passedMs() / MINUTE_MS / 60 });
  }
  const { descriptors, timers, handles, listeners } = look;
  say(
    `${(passedMs() / MINUTE_MS).toFixed(1)} min  heap ${(look.heap / 1024 / 1024).toFixed(2)} MiB  ` +
      `${JSON.stringify({ descriptors, timers, handles, listeners })}  lost ${ledger.lost}${isWarm ? '' : '  (warming up)'}`,
  );
}
const exitCode = await gateway.stop();
await sandbox.close();
rmSync(folder, { recursive: true, force: true });

const { text, isPassed } = reportOf({
  minutes: (passedMs() - judgedFrom) / MINUTE_MS,
  looks,
  ledger,
  complaints: gateway.complaints,
  exitCode,
});
process.stdout.write(text);
process.exit(isPassed ? 0 : 1);
