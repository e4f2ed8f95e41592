import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What is counted, and how it is read. Labels hold no id, URL, key or document. */
export interface Metrics {
  /** An operation was answered. `name`: as the caller has it; `code`: of its first error, null without one. */
  answered(operation: CountedOperation, seconds: number, code: string | null): void;
  /** A subscription began. */
  subscribed(operation: CountedOperation): void;
  /** A request was refused before it could run. */
  refused(code: string): void;
  /** The present figures in Prometheus' text format. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** An operation as it is counted. */
export interface CountedOperation {
  readonly type: string;
  readonly name: string | null;
}

/** What is looked at when figures are read. */
export interface Observed {
  /** Creates whose outcome is unknown, and when the oldest was made, in milliseconds since the epoch. */
  unknownPurchases(): Promise<{ readonly count: number; readonly oldestAt: number | null }>;
  /** Jobs that should have ended by now, by kind. */
  overdueJobs(): Promise<Readonly<Record<string, number>>>;
  /** What works less well than it should, by name. */
  degraded(): readonly string[];
}

/** Callers choose names, so all but these are one. */
const OTHER = 'other';

const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30];

/** Figures of this process. `names`: of the operations that are told apart. */
export function createMetrics(parts: {
  readonly names: ReadonlySet<string>;
  readonly version: string;
  readonly observed: Observed;
  readonly now: () => number;
}): Metrics {
  const { names, version, observed, now } = parts;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const nameOf = ({ name }: CountedOperation): string =>
    name !== null && names.has(name) ? name : OTHER;

  new Gauge({
    name: 'gateway_build_info',
    help: 'Always 1; the label says what runs.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  const operations = new Counter({
    name: 'gateway_operations_total',
    help: 'Queries and mutations answered, and subscriptions begun.',
    labelNames: ['type', 'name', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'gateway_operation_duration_seconds',
    help: 'How long queries and mutations took.',
    labelNames: ['type', 'name'],
    buckets: SECONDS,
    registers,
  });
  const refusals = new Counter({
    name: 'gateway_refused_total',
    help: 'Requests refused before they could run, by the code of the error.',
    labelNames: ['code'],
    registers,
  });
  const look = addObserved(registers, observed, now);

  return {
    answered(operation, seconds, code) {
      const { type } = operation;
      const name = nameOf(operation);
      operations.inc({ type, name, outcome: code ?? 'ok' });
      durations.observe({ type, name }, seconds);
    },
    subscribed(operation) {
      operations.inc({ type: operation.type, name: nameOf(operation), outcome: 'ok' });
    },
    refused: (code) => refusals.inc({ code }),
    async text() {
      await look();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

/** Figures that are looked at, all of them before any is written, so that those of one scrape belong together. */
function addObserved(registers: Registry[], observed: Observed, now: () => number) {
  const unknown = new Gauge({
    name: 'gateway_purchases_unknown',
    help: 'Creates whose outcome is unknown.',
    registers,
  });
  const age = new Gauge({
    name: 'gateway_purchases_unknown_oldest_age_seconds',
    help: 'How long ago the oldest create was made whose outcome is unknown; 0 where there is none.',
    registers,
  });
  const degraded = new Gauge({
    name: 'gateway_degraded',
    help: '1 for what works less well than it should, by name.',
    labelNames: ['part'],
    registers,
  });
  const overdue = new Gauge({
    name: 'gateway_jobs_overdue',
    help: 'Unfinished jobs that should have ended by now, by kind; no more than 10,000 are counted.',
    labelNames: ['kind'],
    registers,
  });
  return async (): Promise<void> => {
    degraded.reset();
    for (const part of observed.degraded()) degraded.set({ part }, 1);
    try {
      const [{ count, oldestAt }, jobs] = await Promise.all([
        observed.unknownPurchases(),
        observed.overdueJobs(),
      ]);
      unknown.set(count);
      age.set(oldestAt === null ? 0 : (now() - oldestAt) / 1000);
      for (const [kind, late] of Object.entries(jobs)) overdue.set({ kind }, late);
    } catch {
      // The store is away: no figure is better than an old one.
      unknown.remove();
      age.remove();
      overdue.reset();
    }
  };
}
