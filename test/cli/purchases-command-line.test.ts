import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readFlags } from '../../src/cli/purchases/flags.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { programOf } from '../support/processes/programs.ts';

/** What `npm run purchases` says before it has looked into a database; purchases-command.slow.test.ts has the rest. */

afterEach(removeFolders);

function purchases(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [programOf('purchases'), ...args],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', ...env },
      encoding: 'utf8',
    },
  );
  return { code: status, out: stdout, err: stderr };
}

describe('the flags', () => {
  it.each([
    [['settle', 'key'], 'settle takes the key and AKOOL’s id'],
    [['settle', 'key', 'id', 'more'], 'settle takes the key and AKOOL’s id'],
    [['abandon'], 'abandon takes the key'],
    [['list', 'all'], 'list takes no further words'],
    [['sell'], 'nothing called "sell"'],
    [['--mutation', 'buy'], '--mutation is createHeadSwapTask or submitAnalysis'],
    [['--force'], "Unknown option '--force'"],
  ])('%j is wrong, and says why', (args, reason) => {
    expect(() => readFlags(args)).toThrow(reason);
  });

  it('take a key that begins with a dash behind a lone --', () => {
    expect(readFlags(['--yes', 'abandon', '--', '-k'])).toMatchObject({ key: '-k', yes: true });
  });
});

it('tells what is wrong with its flags, and with the configuration', () => {
  const folder = newFolder();
  const flags = purchases(folder, ['--force']);
  expect([flags.code, flags.err]).toEqual([2, expect.stringContaining('Usage: npm run')]);
  const config = purchases(folder, [], { POLL_MIN_MS: '-1' });
  expect([config.code, config.err]).toEqual([1, expect.stringContaining('POLL_MIN_MS="-1"')]);
});

describe('before the first start of a gateway', () => {
  it.each([
    ['data/gateway.db', {}],
    ['other.db', { DATABASE_URL: 'file:other.db' }],
  ])('there is no database at %s: nothing is listed, and none is made', (file, env) => {
    const folder = newFolder();
    const path = join(folder, file);
    const told =
      `There is no database at ${path} yet. The gateway makes it at its first start, where DATABASE_URL says. ` +
      'So no create has an unknown outcome.\n';
    expect(purchases(folder, [], env)).toEqual({ code: 0, out: told, err: '' });
    expect(purchases(folder, ['--json'], env)).toEqual({ code: 0, out: '[]\n', err: told });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('nothing can be settled or abandoned', () => {
    const folder = newFolder();
    for (const args of [
      ['settle', 'key', 'id'],
      ['abandon', 'key'],
    ]) {
      const { code, out, err } = purchases(folder, args);
      expect([code, out]).toEqual([1, '']);
      expect(err).toContain('There is no database at');
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});
