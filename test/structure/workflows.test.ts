import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const GITHUB = fileURLToPath(new URL('../../.github', import.meta.url));

/** As in `actions/checkout@<commit> # v4.4.0`: a tag can be moved, a commit cannot. */
const PINNED = /^[\w.-]+\/[\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/;

const dependabotShape = z.object({
  updates: z.array(z.object({ 'package-ecosystem': z.string() })),
});

it('actions are pinned by their commit, with the version beside it', () => {
  const folder = join(GITHUB, 'workflows');
  const used = readdirSync(folder).flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/\buses: *(.+)$/gm)].map(
      ([, action = '']) => action,
    ),
  );
  expect(used.length).toBeGreaterThan(5);
  expect(used.filter((action) => !PINNED.test(action))).toEqual([]);
});

it('actions are kept up to date', () => {
  const { updates } = dependabotShape.parse(
    parse(readFileSync(join(GITHUB, 'dependabot.yml'), 'utf8')),
  );
  expect(updates.map((update) => update['package-ecosystem'])).toContain('github-actions');
});
