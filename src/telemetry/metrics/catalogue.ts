import { LABELS, type Label } from './labels.ts';
import type { MetricAbout } from './metric-about.ts';
import { PROCESS_METRICS } from './process-metrics.ts';

const ANSWER_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 30] as const;
const STORE_SECONDS = [0.0005, 0.0025, 0.01, 0.05, 0.25, 2.5] as const;
const AKOOL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120] as const;
const LAG_SECONDS = [0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 300] as const;

/** Every metric, by the name that the code has for it. docs/metrics.md is printed from it. */
export const METRICS = {
  operations: {
    name: 'gateway_operations_total',
    type: 'counter',
    help: 'Queries and mutations answered, and subscriptions begun.',
    labels: ['name', 'type', 'transport', 'outcome'],
    // An operation has one type, few transports and few of the codes.
    most: 1_500,
  },
  operationSeconds: {
    name: 'gateway_operation_duration_seconds',
    type: 'histogram',
    help: 'How long queries and mutations took.',
    labels: ['name', 'type', 'transport'],
    buckets: ANSWER_SECONDS,
    most: 1_100,
  },
  refusals: {
    name: 'gateway_refused_total',
    type: 'counter',
    help: 'Requests refused before they could run.',
    labels: ['transport', 'code'],
    most: 80,
  },
  watchers: {
    name: 'gateway_watchers',
    type: 'gauge',
    help: 'Subscriptions that are open.',
    labels: ['transport'],
    most: 3,
  },
  httpResponses: {
    name: 'gateway_http_responses_total',
    type: 'counter',
    help: 'HTTP responses; of event streams, when they end.',
    labels: ['route', 'status_class'],
  },
  akoolRequests: {
    name: 'gateway_akool_requests_total',
    type: 'counter',
    help: 'Requests to AKOOL, each attempt counted.',
    labels: ['endpoint', 'code'],
  },
  akoolSeconds: {
    name: 'gateway_akool_request_duration_seconds',
    type: 'histogram',
    help: 'How long AKOOL took to answer, or to be given up.',
    labels: ['endpoint'],
    buckets: AKOOL_SECONDS,
  },
  liveJobs: {
    name: 'gateway_jobs_live',
    type: 'gauge',
    help: 'Jobs that have not ended, in the store; counted up to 100000 of each.',
    labels: ['kind', 'status'],
    most: 4,
  },
  overdueJobs: {
    name: 'gateway_jobs_overdue',
    type: 'gauge',
    help: 'Unfinished jobs made here that should have ended by now, in the store; no more than 10000 are counted.',
    labels: ['kind'],
    most: 2,
  },
  pollLagSeconds: {
    name: 'gateway_poll_lag_seconds',
    type: 'histogram',
    help: 'How long after it was due a job was claimed to be read.',
    labels: [],
    buckets: LAG_SECONDS,
  },
  pollBacklog: {
    name: 'gateway_poll_backlog_seconds',
    type: 'gauge',
    help: 'For how long the most overdue look at a job in the store has been due.',
    labels: [],
  },
  jobEnds: {
    name: 'gateway_job_ends_total',
    type: 'counter',
    help: 'Jobs that ended, by what saw it.',
    labels: ['kind', 'status', 'seen_by'],
    most: 16,
  },
  detectionSeconds: {
    name: 'gateway_job_detection_delay_seconds',
    type: 'histogram',
    help: 'How late an end may have been seen at most: the time since AKOOL last said that the job runs.',
    labels: ['seen_by'],
    buckets: LAG_SECONDS,
  },
  webhooks: {
    name: 'gateway_webhooks_total',
    type: 'counter',
    help: 'Webhooks, by what they were answered.',
    labels: ['answer'],
  },
  webhooksOpen: {
    name: 'gateway_webhooks_open',
    type: 'gauge',
    help: 'Webhooks in the store that have not been followed up; counted up to 10000.',
    labels: [],
  },
  webhooksExpected: {
    name: 'gateway_webhooks_expected',
    type: 'gauge',
    help: 'Teams whose tasks ask AKOOL for a webhook.',
    labels: [],
  },
  purchases: {
    name: 'gateway_purchases_total',
    type: 'counter',
    help: 'Purchases that came into a state.',
    labels: ['mutation', 'state'],
  },
  purchasesOpen: {
    name: 'gateway_purchases_open',
    type: 'gauge',
    help: 'Purchases in the store that are under way or unknown; counted up to 10000 of each.',
    labels: ['state'],
    most: 3,
  },
  oldestUnknown: {
    name: 'gateway_purchases_unknown_oldest_age_seconds',
    type: 'gauge',
    help: 'How long ago the oldest create was made whose outcome is unknown; 0 where there is none.',
    labels: [],
  },
  readBudget: {
    name: 'gateway_read_budget_used_ratio',
    type: 'gauge',
    help: 'Reads that began here in the last second, of those allowed: of the busiest account.',
    labels: [],
  },
  readsWaiting: {
    name: 'gateway_reads_waiting',
    type: 'gauge',
    help: 'Reads that wait for the budget, of all accounts.',
    labels: [],
  },
  accountsPaused: {
    name: 'gateway_accounts_paused',
    type: 'gauge',
    help: 'Accounts that AKOOL has asked to pause.',
    labels: [],
  },
  breakers: {
    name: 'gateway_circuit_breakers',
    type: 'gauge',
    help: 'Accounts by the state of their circuit breaker.',
    labels: ['state'],
    most: 3,
  },
  copies: {
    name: 'gateway_copies_total',
    type: 'counter',
    help: 'What became of copies of outputs and previews.',
    labels: ['result'],
  },
  copiedBytes: {
    name: 'gateway_copied_bytes_total',
    type: 'counter',
    help: 'Bytes of the copies that were stored.',
    labels: [],
  },
  copiesPending: {
    name: 'gateway_copies_pending',
    type: 'gauge',
    help: 'Copies in the store that are still to be made; counted up to 10000.',
    labels: [],
  },
  copiesRunning: {
    name: 'gateway_copies_running',
    type: 'gauge',
    help: 'Copies that are being made, or deleted, here.',
    labels: [],
  },
  uploads: {
    name: 'gateway_uploads_total',
    type: 'counter',
    help: 'Uploads that came into a state.',
    labels: ['state'],
    most: 3,
  },
  uploadedBytes: {
    name: 'gateway_uploaded_bytes_total',
    type: 'counter',
    help: 'Bytes of the uploads that became READY.',
    labels: [],
  },
  storeSeconds: {
    name: 'gateway_store_duration_seconds',
    type: 'histogram',
    help: 'How long the store took.',
    labels: ['verb'],
    buckets: STORE_SECONDS,
  },
  storeErrors: {
    name: 'gateway_store_errors_total',
    type: 'counter',
    help: 'Times the store failed.',
    labels: ['verb'],
  },
  degraded: {
    name: 'gateway_degraded',
    type: 'gauge',
    help: '1 for what works less well than it should, as /ready says it, else 0.',
    labels: ['part'],
  },
  buildInfo: {
    name: 'gateway_build_info',
    type: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: ['version', 'node'],
  },
  ...PROCESS_METRICS,
} as const satisfies Readonly<Record<string, MetricAbout<Label>>>;

/** How many series a metric has at most, buckets counted. */
export function mostSeries({ type, labels, buckets = [], most }: MetricAbout<Label>): number {
  const sets = most ?? labels.reduce((product, label) => product * LABELS[label].most, 1);
  // Besides its buckets a histogram has +Inf, a sum and a count.
  return type === 'histogram' && most === undefined ? sets * (buckets.length + 3) : sets;
}
