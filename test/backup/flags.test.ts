import { describe, expect, it } from 'vitest';
import { readBackupFlags, readRestoreFlags } from '../../src/cli/backup/flags.ts';
import { FlagError } from '../../src/cli/flag-error.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { runCommand } from '../support/processes/run-command.ts';

describe('the flags', () => {
  it.each([
    [readBackupFlags, [], '--to names the file'],
    [readBackupFlags, ['--to', ''], '--to names the file'],
    [readBackupFlags, ['backup.db'], 'Unexpected argument'],
    [readRestoreFlags, ['--i-know'], '--from names the backup'],
    [readRestoreFlags, ['--from', 'a', '--check', '--i-know'], '--check changes nothing'],
    [readRestoreFlags, ['--from', 'a', '--force'], "Unknown option '--force'"],
  ])('%o with %j is wrong, and says why', (read, args, reason) => {
    expect(() => read(args)).toThrow(FlagError);
    expect(() => read(args)).toThrow(reason);
  });

  it('ask for nothing that was not said', () => {
    expect(readBackupFlags(['--to', 'b.db'])).toEqual({ to: 'b.db' });
    const plain = { from: 'b.db', check: false, iKnow: false };
    expect(readRestoreFlags(['--from', 'b.db'])).toEqual(plain);
    expect(readRestoreFlags(['--from', 'b.db', '--i-know'])).toEqual({ ...plain, iKnow: true });
    expect([readBackupFlags(['--help']), readRestoreFlags(['--help'])]).toEqual(['help', 'help']);
  });
});

it.each(['backup', 'restore'] as const)(
  '%s tells how it is used, and what is wrong with its flags and the configuration',
  async (name) => {
    const folder = newFolder();
    const help = await runCommand(name, ['--help'], folder);
    expect([help.code, help.err]).toEqual([0, '']);
    expect(help.out).toContain(`Usage: npm run ${name} -- --`);
    const flags = await runCommand(name, ['--force'], folder);
    expect([flags.code, flags.out]).toEqual([2, '']);
    expect(flags.err).toContain(`Usage: npm run ${name}`);
    const args = [name === 'backup' ? '--to' : '--from', 'backup.db'];
    const config = await runCommand(name, args, folder, { env: { POLL_MIN_MS: '-1' } });
    expect([config.code, config.err]).toEqual([1, expect.stringContaining('POLL_MIN_MS="-1"')]);
    removeFolders();
  },
);
