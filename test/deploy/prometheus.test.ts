import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
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

  it.skipIf(needsPromtool)('go off for money and lag, and not before', () => {
    const folder = newFolder();
    copyFileSync(RULES, join(folder, 'rules.yml'));
    copyFileSync(join(root, 'test/deploy/rules-test.yml'), join(folder, 'test.yml'));
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

describe('a scrape after a story', () => {
  it.skipIf(needsPromtool)('is what promtool takes, and has what the alerts look at', async () => {
    const { gateway, sandbox } = await startOnSandbox();
    onTestFinished(() => sandbox.close());
    await tellStory(gateway);
    const { text, series } = await scrape(gateway.url);
    expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, told: '' });
    const told = new Set(series.map(({ name }) => name));
    const asked = rules.flatMap(({ expr }) => expr.match(/gateway_\w+/g) ?? []);
    expect(asked.filter((name) => !told.has(name))).toEqual([]);
  });
});
