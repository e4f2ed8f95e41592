import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

const run = (script: string, flag: string) =>
  spawnSync(process.execPath, ['--import', 'tsx', script, flag], {
    cwd: PROJECT,
    encoding: 'utf8',
  });

it.each([
  ['soak', 'scripts/soak.ts'],
  ['test:nodes', 'scripts/test-nodes.ts'],
  ['example', 'scripts/example.ts'],
])(
  'npm run %s tells how it is used, and does nothing at a flag that there is not',
  (name, file) => {
    const usage = `Usage: npm run ${name} `;
    const helped = run(file, '--help');
    expect([helped.status, helped.stderr]).toEqual([0, '']);
    expect(helped.stdout.startsWith(usage)).toBe(true);
    const refused = run(file, '--nothing');
    expect([refused.status, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(/^Unknown option '--nothing'.*\n\nUsage: /);
    expect(refused.stderr).toContain(usage);
  },
);
