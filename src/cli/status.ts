import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readConfig } from '../config/config.ts';
import { ConfigError } from '../config/mistakes.ts';
import { FlagError, orFlagError } from './flag-error.ts';

const USAGE = `Usage: npm run status                how the running gateway stands
       npm run status -- --json      the same as JSON

  --url <url>   where it listens; default: where its environment says
  --help        prints this

It takes the gateway's environment: PORT, or METRICS_PORT, and METRICS_TOKEN. Exits with 0 when the gateway is ready, else with 1.
`;

/** What of /ready?verbose is shown. */
const statusShape = z.object({
  ready: z.boolean(),
  version: z.string(),
  uptimeSeconds: z.number(),
  degraded: z.array(z.string()),
  watchers: z.record(z.string(), z.number()),
  store: z
    .object({
      liveJobs: z.array(z.object({ kind: z.string(), status: z.string(), count: z.number() })),
      overdueJobs: z.record(z.string(), z.number()),
      pollBacklogSeconds: z.number(),
      openPurchases: z.array(z.object({ state: z.string(), count: z.number() })),
      oldestUnknownPurchaseSeconds: z.number(),
      openWebhooks: z.number(),
      pendingCopies: z.number(),
    })
    .nullable(),
  accounts: z.object({
    count: z.number(),
    paused: z.number(),
    circuitBreakers: z.record(z.string(), z.number()),
    readsWaiting: z.number(),
    readBudgetUsed: z.number(),
  }),
  copiesRunning: z.number(),
});

type Status = z.infer<typeof statusShape>;

/** Something that the operator can mend; told as it is. */
class StatusError extends Error {}

/** How long the gateway may take to answer. */
const PATIENCE_MS = 10_000;

async function main(): Promise<number> {
  const { values } = orFlagError(() =>
    parseArgs({
      options: { json: { type: 'boolean' }, url: { type: 'string' }, help: { type: 'boolean' } },
    }),
  );
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const status = await readStatus(values.url);
  const told = values.json === true ? JSON.stringify(status, null, 2) : describe(status);
  process.stdout.write(`${told}\n`);
  return status.ready ? 0 : 1;
}

async function readStatus(url: string | undefined): Promise<Status> {
  const { host, port, metricsPort, metricsToken } = readConfig();
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const own = `http://${name.includes(':') ? `[${name}]` : name}:${metricsPort ?? port}`;
  // The gateway prints where GraphQL is.
  const base = (url ?? own).replace(/\/+$/, '').replace(/\/graphql$/, '');
  const headers = metricsToken === null ? {} : { authorization: `Bearer ${metricsToken}` };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(`${base}/ready?verbose`, { headers, signal }).catch(() => null);
  if (answer === null) throw new StatusError(`No gateway answers at ${base}.`);
  const status = statusShape.safeParse(await answer.json().catch(() => null));
  if (status.success) return status.data;
  throw new StatusError(
    `The gateway at ${base} does not tell how it stands. Set METRICS_TOKEN as the gateway has it, or ask at METRICS_PORT.`,
  );
}

function describe({ store, accounts, watchers, ...status }: Status): string {
  const pairs = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const { paused, readsWaiting, readBudgetUsed, circuitBreakers } = accounts;
  const lines = [
    ['ready', status.ready ? 'yes' : 'no'],
    ['degraded', status.degraded.join(', ') || 'nothing'],
    ['watchers', pairs(watchers)],
    ...(store === null ? [['store', 'does not answer']] : describeStore(store, pairs)),
    ['read budget', `${Math.round(readBudgetUsed * 100)} % used, ${readsWaiting} waiting`],
    ['accounts', `${accounts.count}, ${paused} paused; circuit breakers ${pairs(circuitBreakers)}`],
    ['copies', `${status.copiesRunning} under way, ${store?.pendingCopies ?? '?'} pending`],
    ['version', `${status.version}, up for ${status.uptimeSeconds} s`],
  ];
  return lines.map(([name = '', value]) => `${name.padEnd(18)}${value}`).join('\n');
}

function describeStore(
  store: NonNullable<Status['store']>,
  pairs: (counts: Readonly<Record<string, number>>) => string,
): string[][] {
  const live = store.liveJobs.map(({ kind, status, count }) => [`${kind} ${status}`, count]);
  const open = store.openPurchases.map(({ state, count }) => [state, count]);
  return [
    ['live jobs', pairs(Object.fromEntries(live))],
    ['overdue jobs', pairs(store.overdueJobs)],
    ['poll backlog', `${store.pollBacklogSeconds} s`],
    ['open purchases', pairs(Object.fromEntries(open))],
    ['oldest unknown', `${store.oldestUnknownPurchaseSeconds} s`],
    ['open webhooks', String(store.openWebhooks)],
  ];
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const isFlag = error instanceof FlagError;
    const isTold = isFlag || error instanceof StatusError || error instanceof ConfigError;
    process.stderr.write(`${isTold ? error.message : 'The status could not be read.'}\n`);
    if (isFlag) process.stderr.write(`\n${USAGE}`);
    process.exitCode = isFlag ? 2 : 1;
  },
);
