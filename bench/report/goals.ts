import { BASELINE, GATEWAY } from '../harness/servers.ts';
import type { Metric, Results } from './results.ts';

/** One figure that a goal speaks about. */
export interface Criterion {
  /** What is compared with what. */
  readonly what: string;
  /** NaN: it was not measured. */
  readonly measured: number;
  /** Whether less is better. */
  readonly atMost: boolean;
  readonly goal: number;
  /** What a nightly run must hold. */
  readonly floor: number;
  readonly unit: string;
}

export type Verdict = 'goal reached' | 'floor held' | 'FLOOR BROKEN' | 'not measured';

/** A goal by its number, with the figures of one run. */
export interface Goal {
  readonly id: string;
  readonly title: string;
  readonly criteria: readonly Criterion[];
}

/** What a criterion comes to. */
export function verdictOf({ measured, atMost, goal, floor }: Criterion): Verdict {
  if (Number.isNaN(measured)) return 'not measured';
  const holds = (line: number): boolean => (atMost ? measured <= line : measured >= line);
  if (holds(goal)) return 'goal reached';
  return holds(floor) ? 'floor held' : 'FLOOR BROKEN';
}

/** Whether any floor is broken. */
export function isBroken(goals: readonly Goal[]): boolean {
  return goals.some(({ criteria }) =>
    criteria.some((criterion) => verdictOf(criterion) === 'FLOOR BROKEN'),
  );
}

const KB = 1024;

/** Every goal with what this run measured of the gateway. */
export function goalsOf(results: Results): Goal[] {
  /** How much less of a metric the gateway has than another server. */
  const ahead = (scenario: string, metric: Metric, other: string): number =>
    results.ratio(scenario, metric, other, GATEWAY);
  /** How much more. */
  const behind = (scenario: string, metric: Metric, other: string): number =>
    results.ratio(scenario, metric, GATEWAY, other);
  const own = (scenario: string, metric: Metric): number =>
    results.figure(scenario, GATEWAY, metric);
  const atLeast = (what: string, measured: number, goal: number, floor: number): Criterion => ({
    what,
    measured,
    atMost: false,
    goal,
    floor,
    unit: '×',
  });
  const atMost = (
    what: string,
    measured: number,
    goal: number,
    floor: number,
    unit = '×',
  ): Criterion => ({ what, measured, atMost: true, goal, floor, unit });

  return [
    {
      id: 'P1',
      title: 'a live task by id',
      criteria: [
        atLeast('less CPU than naive Yoga', ahead('live-task', 'cpu', 'yoga-naive'), 8, 5),
        atLeast('less CPU than Mercurius', ahead('live-task', 'cpu', 'mercurius'), 1.2, 0.7),
      ],
    },
    {
      id: 'P2',
      title: '20 aliases over 10 tasks',
      criteria: [
        atMost('upstream calls, live', own('aliases-live', 'upstream'), 10, 10, ''),
        atMost('upstream calls, finished', own('aliases-finished', 'upstream'), 0, 0, ''),
        atLeast('less CPU than naive Yoga', ahead('aliases-live', 'cpu', 'yoga-naive'), 14, 9),
      ],
    },
    {
      id: 'P3',
      title: '{ __typename }',
      criteria: [atMost('CPU of raw node:http', behind('typename', 'cpu', 'raw-http'), 1.6, 2.4)],
    },
    {
      id: 'P4',
      title: 'one event to all WebSocket subscribers',
      criteria: [
        atMost('CPU of raw ws', behind('fan-out', 'cpu', 'raw-ws'), 1.1, 1.3),
        atLeast('less CPU than Yoga + graphql-ws', ahead('fan-out', 'cpu', 'yoga-ws'), 5, 3.5),
        atMost('last − first of raw ws', behind('fan-out', 'spread', 'raw-ws'), 1.1, 1.3),
      ],
    },
    {
      id: 'P5',
      title: 'one subscriber for each task: telling it one event',
      criteria: [atMost('CPU of raw ws', behind('one-each', 'cpu', 'raw-ws'), 1.5, 2)],
    },
    {
      id: 'P6',
      title: 'memory of an idle subscription',
      criteria: [atMost('RSS', own('fan-out', 'bytes') / KB, 6.2, 7.5, 'KB')],
    },
    {
      id: 'P7',
      title: 'reads of AKOOL',
      criteria: [
        atMost('more for 200 watchers than for one', moreReads(results), 1, 1, ''),
        atMost('after the end', own('reads', 'readsAfterEnd'), 0, 0, ''),
        atMost('for 32 questions at one moment', own('reads', 'upstream'), 1, 1, ''),
      ],
    },
    {
      id: 'P8',
      title: 'one event to all event streams',
      criteria: [
        atMost(
          'CPU of our WebSocket fan-out',
          own('fan-out-sse', 'cpu') / own('fan-out', 'cpu'),
          1.15,
          1.3,
        ),
      ],
    },
    {
      id: 'P9',
      title: 'WebSocket handshakes',
      criteria: [atMost('CPU of raw ws', behind('handshakes', 'cpu', 'raw-ws'), 1.5, 3)],
    },
    {
      id: 'P10',
      title: 'documents seen once',
      criteria: [
        atMost(
          'CPU of the baseline, which compiles nothing',
          behind('documents', 'cpu', BASELINE),
          1.1,
          1.2,
        ),
        atMost('growth of RSS once warm', own('documents', 'growth'), 64, 128, 'MB'),
      ],
    },
    {
      id: 'P11',
      title: 'latency at 32 connections',
      criteria: [
        atMost('p99 ÷ p50, one live task', own('live-task', 'p99ByP50'), 3, 5),
        atMost('p99 ÷ p50, 40 live tasks', own('latency', 'p99ByP50'), 3, 5),
        atMost('p50, 40 live tasks', own('latency', 'p50'), 3, 5, 'ms'),
      ],
    },
    {
      id: 'P12',
      title: 'a whole job, from its purchase to its watched end',
      criteria: ['sqlite', 'postgres'].flatMap((engine) => [
        atMost(
          `CPU of the baseline, ${engine}`,
          behind(`jobs-${engine}`, 'cpu', BASELINE),
          0.6,
          0.8,
        ),
        atMost(
          `statements of the baseline, ${engine}`,
          behind(`jobs-${engine}`, 'statements', BASELINE),
          0.6,
          0.8,
        ),
      ]),
    },
  ];
}

function moreReads(results: Results): number {
  return results.figure('reads', GATEWAY, 'reads') - results.figure('reads', GATEWAY, 'readsAlone');
}
