import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { METRICS } from '../../src/telemetry/metrics/catalogue.ts';
import { stopGateways } from '../support/gateway/gateway.ts';
import { scrape } from '../support/gateway/scrape.ts';
import { startOnSandbox, tellStory } from '../support/gateway/story-on-sandbox.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const RULES = join(root, 'deploy/prometheus/rules.yml');

const rulesShape = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          annotations: z.object({ summary: z.string(), runbook_url: z.string() }),
        }),
      ),
    }),
  ),
});
const rules = rulesShape
  .parse(parse(readFileSync(RULES, 'utf8')))
  .groups.flatMap((group) => group.rules);

const panelsShape = z.object({
  panels: z.array(
    z.object({
      id: z.int(),
      title: z.string().min(1),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string().min(1) })).default([]),
    }),
  ),
});
const { panels } = panelsShape.parse(
  JSON.parse(readFileSync(join(root, 'deploy/grafana/dashboard.json'), 'utf8')),
);
const targets = panels.flatMap((panel) => panel.targets);

/** Every name that an expression reads: a brace opens behind each. */
const namesIn = (expr: string) => Array.from(expr.matchAll(/(\w*)\{/g), ([, name = '']) => name);

afterEach(async () => {
  await stopGateways();
  removeFolders();
});

/** What Debian's package `prometheus` brings. */
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
const needsPromtool = !hasPromtool && process.env['CI'] !== 'true';

function promtool(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', input });
  return { status, told: `${stdout}${stderr}` };
}

describe('the alerts', () => {
  it.skipIf(needsPromtool)('are rules that Prometheus takes', () => {
    expect(promtool(['check', 'rules', RULES])).toMatchObject({ status: 0 });
  });

  it.skipIf(needsPromtool)('go off, each of them, and not before', () => {
    const folder = newFolder();
    const cases = join(root, 'test/deploy/rules-test.yml');
    copyFileSync(RULES, join(folder, 'rules.yml'));
    copyFileSync(cases, join(folder, 'test.yml'));
    const wentOff = readFileSync(cases, 'utf8').matchAll(/alertname: (\w+)\n +exp_alerts/g);
    expect(new Set(Array.from(wentOff, ([, name]) => name))).toEqual(
      new Set(rules.map(({ alert }) => alert)),
    );
    const { status, told } = promtool(['test', 'rules', join(folder, 'test.yml')]);
    expect([status, told]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it('name figures that there are, and a paragraph that says what to do', () => {
    const known = new Set<string>(Object.values(METRICS).map(({ name }) => name));
    const named = rules.flatMap(({ expr }) => expr.match(/gateway_\w+/g) ?? []);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
    const anchors = rules.map(({ annotations }) => annotations.runbook_url.split('#')[1]);
    expect(anchors.filter((anchor) => !page.includes(`<a id="${anchor}"></a>`))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('has panels of different ids, of the chosen instances alone', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(targets.length).toBeGreaterThan(panels.length / 2);
    const ofAll = targets.filter(({ expr }) => /\{(?!instance=~"\$instance")/.test(expr));
    expect(ofAll).toEqual([]);
  });

  it('groups and names by labels that the figures have', () => {
    const strange = targets.filter(({ expr, legendFormat }) => {
      const labels = Object.values(METRICS).flatMap(({ name, labels: its }) =>
        namesIn(expr).some((read) => read.startsWith(name)) ? its : [],
      );
      const grouped = Array.from(expr.matchAll(/ by \(([\w, ]+)\)/g), ([, by = '']) =>
        by.split(', '),
      );
      const matched = Array.from(expr.matchAll(/(\w+)(?:=|!=|=~|!~)"/g), ([, label = '']) => label);
      const known = new Set<string>([...labels, 'le', 'instance']);
      const shown = Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label = '']) => label);
      const kept = new Set(grouped.flat());
      return (
        [...grouped.flat(), ...matched].some((label) => !known.has(label)) ||
        shown.some((label) => !kept.has(label))
      );
    });
    expect(strange).toEqual([]);
  });

  it.skipIf(needsPromtool)('asks what Prometheus takes', () => {
    const asked = targets.map(({ expr }, index) => ({
      record: `dashboard:expression_${index}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', 'a|b'),
    }));
    expect(asked.filter(({ expr }) => expr.includes('$'))).toEqual([]);
    const file = join(newFolder(), 'dashboard.yml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: asked }] }));
    expect(promtool(['check', 'rules', file])).toEqual({
      status: 0,
      told: expect.stringContaining(`SUCCESS: ${asked.length} rules found`),
    });
  });
});

describe('a scrape after a story', () => {
  it.skipIf(needsPromtool)('is what promtool takes, and has what is looked at', async () => {
    const { gateway, sandbox } = await startOnSandbox();
    onTestFinished(() => sandbox.close());
    await tellStory(gateway);
    const { text, series } = await scrape(gateway.url);
    expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, told: '' });
    const told = new Set(series.map(({ name }) => name));
    const asked = rules.flatMap(({ expr }) => expr.match(/gateway_\w+/g) ?? []);
    expect(asked.filter((name) => !told.has(name))).toEqual([]);
    const types = text.matchAll(/^# TYPE (\w+) (\w+)$/gm);
    const drawable = new Set(
      Array.from(types, ([, name = '', type]) =>
        type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : name,
      ).flat(),
    );
    const drawn = targets.map(({ expr }) => namesIn(expr));
    expect(drawn.filter((names) => names.length === 0)).toEqual([]);
    expect(drawn.flat().filter((name) => !drawable.has(name))).toEqual([]);
  });
});
