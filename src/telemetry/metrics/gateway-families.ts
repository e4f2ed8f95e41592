import { METRICS } from './catalogue.ts';
import type { MetricAbout } from './metric-about.ts';
import { Count, createFamily, Level, Spread, type Family } from './metric-family.ts';

/** Every metric of the catalogue, to be counted. */
export type GatewayFamilies = ReturnType<typeof createGatewayFamilies>;

/** Metrics that have counted nothing yet. */
export function createGatewayFamilies() {
  return {
    operations: counter(METRICS.operations),
    operationSeconds: histogram(METRICS.operationSeconds),
    refusals: counter(METRICS.refusals),
    watchers: gauge(METRICS.watchers),
    httpResponses: counter(METRICS.httpResponses),
    akoolRequests: counter(METRICS.akoolRequests),
    akoolSeconds: histogram(METRICS.akoolSeconds),
    liveJobs: gauge(METRICS.liveJobs),
    overdueJobs: gauge(METRICS.overdueJobs),
    pollLagSeconds: histogram(METRICS.pollLagSeconds),
    pollBacklog: gauge(METRICS.pollBacklog),
    jobEnds: counter(METRICS.jobEnds),
    detectionSeconds: histogram(METRICS.detectionSeconds),
    webhooks: counter(METRICS.webhooks),
    webhooksOpen: gauge(METRICS.webhooksOpen),
    webhooksExpected: gauge(METRICS.webhooksExpected),
    purchases: counter(METRICS.purchases),
    purchasesOpen: gauge(METRICS.purchasesOpen),
    oldestUnknown: gauge(METRICS.oldestUnknown),
    readBudget: gauge(METRICS.readBudget),
    readsWaiting: gauge(METRICS.readsWaiting),
    accountsPaused: gauge(METRICS.accountsPaused),
    breakers: gauge(METRICS.breakers),
    copies: counter(METRICS.copies),
    copiedBytes: counter(METRICS.copiedBytes),
    copiesPending: gauge(METRICS.copiesPending),
    copiesRunning: gauge(METRICS.copiesRunning),
    uploads: counter(METRICS.uploads),
    uploadedBytes: counter(METRICS.uploadedBytes),
    storeSeconds: histogram(METRICS.storeSeconds),
    storeErrors: counter(METRICS.storeErrors),
    degraded: gauge(METRICS.degraded),
    buildInfo: gauge(METRICS.buildInfo),
    loopDelayMean: gauge(METRICS.loopDelayMean),
    loopDelayP99: gauge(METRICS.loopDelayP99),
    loopDelayMax: gauge(METRICS.loopDelayMax),
    gcSeconds: histogram(METRICS.gcSeconds),
    heapUsed: gauge(METRICS.heapUsed),
    externalMemory: gauge(METRICS.externalMemory),
    residentMemory: gauge(METRICS.residentMemory),
    cpuSeconds: counter(METRICS.cpuSeconds),
    openFiles: gauge(METRICS.openFiles),
    startTime: gauge(METRICS.startTime),
  };
}

type About<Labels extends readonly string[]> = MetricAbout<string> & { readonly labels: Labels };

function counter<const Labels extends readonly string[]>(
  about: About<Labels>,
): Family<Labels, Count> {
  return toldAtOnce(createFamily(about, () => new Count()));
}

function gauge<const Labels extends readonly string[]>(
  about: About<Labels>,
): Family<Labels, Level> {
  return createFamily(about, () => new Level());
}

function histogram<const Labels extends readonly string[]>(
  about: About<Labels>,
): Family<Labels, Spread> {
  return toldAtOnce(createFamily(about, () => new Spread(about.buckets ?? [])));
}

/** What has counted nothing yet is told as 0; a gauge that nobody has looked at is not told. */
function toldAtOnce<Labels extends readonly string[], Cell>(
  family: Family<Labels, Cell>,
): Family<Labels, Cell> {
  if (family.about.labels.length === 0) family.open([]);
  return family;
}
