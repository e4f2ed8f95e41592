import type { Label } from './labels.ts';
import type { MetricAbout } from './metric-about.ts';

const PAUSE_SECONDS = [0.001, 0.01, 0.1, 1] as const;

/** Node and the process, by the names that dashboards for Node look for. */
export const PROCESS_METRICS = {
  loopDelayMean: {
    name: 'nodejs_eventloop_lag_mean_seconds',
    type: 'gauge',
    help: 'Mean delay of the event loop since the last scrape.',
    labels: [],
  },
  loopDelayP99: {
    name: 'nodejs_eventloop_lag_p99_seconds',
    type: 'gauge',
    help: 'Delay of the event loop that 99 % of its turns did not exceed since the last scrape.',
    labels: [],
  },
  loopDelayMax: {
    name: 'nodejs_eventloop_lag_max_seconds',
    type: 'gauge',
    help: 'Longest delay of the event loop since the last scrape.',
    labels: [],
  },
  gcSeconds: {
    name: 'nodejs_gc_duration_seconds',
    type: 'histogram',
    help: 'How long the garbage collector took.',
    labels: ['kind'],
    buckets: PAUSE_SECONDS,
  },
  heapUsed: {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    help: 'Heap that is in use.',
    labels: [],
  },
  externalMemory: {
    name: 'nodejs_external_memory_bytes',
    type: 'gauge',
    help: 'Memory outside the heap that belongs to its objects.',
    labels: [],
  },
  residentMemory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Memory of the process.',
    labels: [],
  },
  cpuSeconds: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time of the process.',
    labels: [],
  },
  openFiles: {
    name: 'process_open_fds',
    type: 'gauge',
    help: 'Open file descriptors, sockets among them; only on Linux.',
    labels: [],
  },
  startTime: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When the process started, in seconds since the epoch.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricAbout<Label>>>;
