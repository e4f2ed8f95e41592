import { BASELINE, GATEWAY } from '../harness/servers.ts';
import type { Results } from './results.ts';

/** Bars of CPU by server, scenario by scenario, as an SVG that reads on light and on dark pages. */

const SCENARIOS: readonly [name: string, title: string][] = [
  ['live-task', 'A live task by id, CPU µs a request'],
  ['finished-task', 'A finished task by id, CPU µs a request'],
  ['aliases-live', '20 aliases over 10 live tasks, CPU µs a request'],
  ['fan-out', 'One event to many WebSockets, CPU µs a subscriber'],
  ['fan-out-sse', 'One event to many event streams, CPU µs a subscriber'],
  ['jobs-sqlite', 'A whole job on SQLite, CPU µs'],
  ['jobs-postgres', 'A whole job on Postgres, CPU µs'],
];

const WIDTH = 720;
const LABELS = 150;
const FIGURES = 70;
const BAR = 16;
const STEP = 22;
const HEAD = 34;
const GAP = 18;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .bar { fill: #8c959f }
  .gateway { fill: #0969da }
  .baseline { fill: #b6d4fb }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .bar { fill: #6e7681 }
    .gateway { fill: #58a6ff }
    .baseline { fill: #1f4b84 }
  }`;

interface Bar {
  readonly server: string;
  readonly figure: number;
}

/** The chart of what was measured; `caption` stands below it. */
export function chartOf(results: Results, caption: string): string {
  const parts: string[] = [];
  let y = 0;
  for (const [scenario, title] of SCENARIOS) {
    const bars = barsOf(results, scenario);
    if (bars.length === 0) continue;
    parts.push(panel(title, bars, y));
    y += HEAD + bars.length * STEP + GAP;
  }
  const height = y + HEAD;
  parts.push(`<text x="0" y="${y + 14}">${escapeXml(caption)}</text>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="CPU by server and scenario">`,
    `<style>${STYLE}</style>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function barsOf(results: Results, scenario: string): Bar[] {
  return results.measurements
    .filter((one) => one.scenario === scenario)
    .map(({ server }) => ({ server, figure: results.figure(scenario, server, 'cpu') }))
    .filter(({ figure }) => figure > 0)
    .sort((one, other) => one.figure - other.figure);
}

function panel(title: string, bars: readonly Bar[], top: number): string {
  const longest = Math.max(...bars.map(({ figure }) => figure));
  const room = WIDTH - LABELS - FIGURES;
  const lines = bars.map(({ server, figure }, index) => {
    const y = top + HEAD + index * STEP;
    const width = Math.max(1, (figure / longest) * room);
    const kind = server === GATEWAY || server === BASELINE ? server : 'bar';
    const text = y + BAR - 3;
    return [
      `<text x="0" y="${text}">${escapeXml(server)}</text>`,
      `<rect class="${kind}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
      `<text x="${(LABELS + width + 6).toFixed(1)}" y="${text}">${figure.toPrecision(3)}</text>`,
    ].join('\n');
  });
  return [`<text class="title" x="0" y="${top + 18}">${escapeXml(title)}</text>`, ...lines].join(
    '\n',
  );
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
