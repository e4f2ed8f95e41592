import { BASELINE, GATEWAY } from '../harness/servers.ts';
import { atLeast, atMost, type Criterion, type Goal } from './criteria.ts';
import type { Metric, Results } from './results.ts';

/** The figures of one run as goals speak of them. */
interface Figures {
  /** How many times as much of a metric another server has as the gateway. */
  ahead(scenario: string, metric: Metric, other: string): number;
  /** How many times as much of a metric the gateway has as another server. */
  behind(scenario: string, metric: Metric, other: string): number;
  own(scenario: string, metric: Metric): number;
}

interface GoalLines {
  readonly id: string;
  readonly title: string;
  /** Whether small numbers say too little to judge it. */
  readonly needsFull?: boolean;
  readonly criteria: (figures: Figures) => readonly Criterion[];
}

const KB = 1024;

const GOALS: readonly GoalLines[] = [
  {
    id: 'P1',
    title: 'a live task by id',
    criteria: ({ ahead }) => [
      atLeast('less CPU than naive Yoga', ahead('live-task', 'cpu', 'yoga-naive'), [8, 5]),
      atLeast('less CPU than Mercurius', ahead('live-task', 'cpu', 'mercurius'), [1.2, 0.7]),
    ],
  },
  {
    id: 'P2',
    title: '20 aliases over 10 tasks',
    criteria: ({ ahead, own }) => [
      atMost('upstream calls, live', own('aliases-live', 'upstream'), [10, 10], ''),
      atMost('upstream calls, finished', own('aliases-finished', 'upstream'), [0, 0], ''),
      atLeast('less CPU than naive Yoga', ahead('aliases-live', 'cpu', 'yoga-naive'), [14, 9]),
    ],
  },
  {
    id: 'P3',
    title: '{ __typename }',
    criteria: ({ behind }) => [
      atMost('CPU of raw node:http', behind('typename', 'cpu', 'raw-http'), [1.6, 2.4]),
    ],
  },
  {
    id: 'P4',
    title: 'one event to all WebSocket subscribers',
    needsFull: true,
    criteria: ({ ahead, behind }) => [
      atMost('CPU of raw ws', behind('fan-out', 'cpu', 'raw-ws'), [1.1, 1.3]),
      atLeast('less CPU than Yoga + graphql-ws', ahead('fan-out', 'cpu', 'yoga-ws'), [5, 3.5]),
      atMost('last − first of raw ws', behind('fan-out', 'spread', 'raw-ws'), [1.1, 1.3]),
    ],
  },
  {
    id: 'P5',
    title: 'one subscriber for each task: telling it one event',
    needsFull: true,
    criteria: ({ behind }) => [
      atMost('CPU of raw ws', behind('one-each', 'cpu', 'raw-ws'), [1.5, 2]),
    ],
  },
  {
    id: 'P6',
    title: 'memory of an idle subscription',
    needsFull: true,
    criteria: ({ own }) => [atMost('RSS', own('idle', 'bytes') / KB, [6.2, 7.5], 'KB')],
  },
  {
    id: 'P7',
    title: 'reads of AKOOL',
    criteria: ({ own }) => [
      atMost(
        'more for 200 watchers than for one',
        own('reads', 'reads') - own('reads', 'readsAlone'),
        [1, 1],
        '',
      ),
      atMost('after the end', own('reads', 'readsAfterEnd'), [0, 0], ''),
      atMost('for 32 questions at one moment', own('reads', 'upstream'), [1, 1], ''),
    ],
  },
  {
    id: 'P8',
    title: 'one event to all event streams',
    criteria: ({ own }) => [
      atMost(
        'CPU of our WebSocket fan-out',
        own('fan-out-sse', 'cpu') / own('fan-out', 'cpu'),
        [1.15, 1.3],
      ),
    ],
  },
  {
    id: 'P9',
    title: 'WebSocket handshakes',
    criteria: ({ behind }) => [
      atMost('CPU of raw ws', behind('handshakes', 'cpu', 'raw-ws'), [1.5, 3]),
    ],
  },
  {
    id: 'P10',
    title: 'documents seen once',
    criteria: ({ own, behind }) => [
      atMost('CPU of the baseline', behind('documents', 'cpu', BASELINE), [1.1, 1.2]),
      atMost('growth of RSS once warm', own('documents', 'growth'), [64, 128], 'MB'),
    ],
  },
  {
    id: 'P11',
    title: 'latency at 32 connections',
    criteria: ({ own }) => [
      atMost('p99 ÷ p50, one live task', own('live-task', 'p99ByP50'), [3, 5]),
      atMost('p99 ÷ p50, 40 live tasks', own('latency', 'p99ByP50'), [3, 5]),
      atMost('p50, 40 live tasks', own('latency', 'p50'), [3, 5], 'ms'),
    ],
  },
  {
    id: 'P12',
    title: 'a whole job, from its purchase to its watched end',
    criteria: ({ behind }) =>
      ['sqlite', 'postgres'].flatMap((engine) => [
        atMost(
          `CPU of the baseline, ${engine}`,
          behind(`jobs-${engine}`, 'cpu', BASELINE),
          [0.6, 0.8],
        ),
        atMost(
          `statements of the baseline, ${engine}`,
          behind(`jobs-${engine}`, 'statements', BASELINE),
          [0.6, 0.8],
        ),
      ]),
  },
];

/** Every goal with what this run measured of the gateway. */
export function goalsOf(results: Results, { isFull }: { readonly isFull: boolean }): Goal[] {
  const figures: Figures = {
    ahead: (scenario, metric, other) => results.ratio(scenario, metric, other, GATEWAY),
    behind: (scenario, metric, other) => results.ratio(scenario, metric, GATEWAY, other),
    own: (scenario, metric) => results.figure(scenario, GATEWAY, metric),
  };
  return GOALS.map(({ id, title, needsFull = false, criteria }) => ({
    id,
    title,
    isRough: needsFull && !isFull,
    criteria: criteria(figures),
  }));
}
