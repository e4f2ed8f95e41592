import { cpus } from 'node:os';
import type { Ledger } from './ledger.ts';
import type { Look } from './look-inside.ts';
import { hasGrown, trendOf, type Sample } from './trend.ts';

/** What a run came to. */
export interface SoakFigures {
  readonly minutes: number;
  /** Of the part that is judged. */
  readonly looks: readonly (Look & { readonly atHours: number })[];
  readonly ledger: Ledger;
  /** Warnings and errors in the gateway's log. */
  readonly complaints: readonly string[];
  /** How the gateway ended when it was asked to. */
  readonly exitCode: number | null;
}

/** The heap may grow by so much in an hour: what a straight line through noise makes of nothing. */
const MOST_MEBIBYTES_AN_HOUR = 1;

const MIB = 1024 * 1024;
const AT_REST = ['descriptors', 'timers', 'handles', 'listeners'] as const;

/** The figures as text, the pass line last; and whether everything held. */
export function reportOf(figures: SoakFigures): {
  readonly text: string;
  readonly isPassed: boolean;
} {
  const { minutes, looks, ledger, complaints, exitCode } = figures;
  const { watchers } = ledger;
  const samples: Sample[] = looks.map(({ atHours, heap }) => ({ at: atHours, value: heap / MIB }));
  const { slope, margin } = trendOf(samples);
  const isFlat =
    slope - margin <= MOST_MEBIBYTES_AN_HOUR && slope <= Math.max(MOST_MEBIBYTES_AN_HOUR, margin);
  const isSure = slope + margin <= MOST_MEBIBYTES_AN_HOUR;
  const grown = AT_REST.filter((name) => hasGrown(looks.map((look) => look[name])));
  const wrongs = {
    'lost events': ledger.lost,
    'events told twice or in the wrong order': ledger.repeated,
    'double purchases': ledger.doublePurchases(),
    'keys answered with two jobs': ledger.answeredTwice,
    surprises: ledger.surprises.length,
  };
  const isRight = Object.values(wrongs).every((count) => count === 0) && exitCode === 0;
  const isPassed = isFlat && isRight && grown.length === 0;
  const lines = [
    `${minutes.toFixed(1)} minutes judged, Node ${process.versions.node}, ${cpus().length} processors`,
    `${ledger.jobs} jobs, ${ledger.keys()} keys, ${ledger.creates} creates asked for, ${ledger.queries} requests`,
    `watchers: ${watchers.WebSocket} WebSocket, ${watchers.SSE} SSE, ${watchers.multipart} multipart, ${watchers.feeds} feeds; ${watchers.vanished} vanished, ${watchers.cameBack} of them came back`,
    `${ledger.shed} requests asked to come back later, ${ledger.brokenOff} connections of watchers broke off and came back`,
    `heap after a collection: ${span(looks, 'heap')} MiB; slope ${signed(slope)} ± ${margin.toFixed(2)} MiB an hour over ${looks.length} samples`,
    `external: ${span(looks, 'external')} MiB; resident: ${span(looks, 'resident')} MiB`,
    ...AT_REST.map((name) => `${name} at rest: ${range(looks, name)}`),
    ...Object.entries(wrongs).map(([what, count]) => `${what}: ${count}`),
    ...ledger.surprises.map((what) => `  ${what}`),
    `lines of its log that complain: ${complaints.length}, of ${new Set(complaints.map(messageIn)).size} kinds`,
    `ended with ${exitCode}`,
    verdict(isPassed, isSure, grown),
  ];
  return { text: `${lines.join('\n')}\n`, isPassed };
}

function verdict(isPassed: boolean, isSure: boolean, grown: readonly string[]): string {
  if (!isPassed) return `FAILED${grown.length > 0 ? `: ${grown.join(', ')} grew` : ''}`;
  if (isSure)
    return `PASSED: at most ${MOST_MEBIBYTES_AN_HOUR} MiB of heap an hour, with 95 % confidence`;
  return `PASSED, but too short to tell a slope of ${MOST_MEBIBYTES_AN_HOUR} MiB an hour from none: run it for longer`;
}

type Name = keyof Look;

/** From the first to the last, with the most. */
function span(looks: readonly Look[], name: Name): string {
  const values = looks.map((look) => look[name] / MIB);
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  return `${first.toFixed(1)} → ${last.toFixed(1)} (at most ${Math.max(...values).toFixed(1)})`;
}

function range(looks: readonly Look[], name: Name): string {
  const values = looks.map((look) => look[name]);
  const quarter = Math.max(1, Math.floor(values.length / 4));
  const of = (some: readonly number[]): string => `${Math.min(...some)} to ${Math.max(...some)}`;
  return `${of(values.slice(0, quarter))} in the first quarter, ${of(values.slice(-quarter))} in the last`;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(2)}`;
}

function messageIn(line: string): string {
  return /"msg":"([^"]*)"/.exec(line)?.[1] ?? line;
}
