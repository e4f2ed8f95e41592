import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { programOf } from './programs.ts';

/** An operators' command that has ended. */
export interface EndedCommand {
  /** Null: a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** How a command differs from one beside a gateway whose database is in `folder`. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What Node gets before the program. */
  readonly nodeArgs?: readonly string[];
  /** Is told the process's id at once. */
  readonly onStart?: (pid: number) => void;
}

/** Runs a command to its end. */
export async function runCommand(
  name: 'backup' | 'restore',
  args: readonly string[],
  folder: string,
  { env = {}, nodeArgs = [], onStart }: CommandOptions = {},
): Promise<EndedCommand> {
  const child = spawn(process.execPath, [...nodeArgs, programOf(name), ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onStart?.(child.pid ?? 0);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)));
  child.stderr.on('data', (chunk: Buffer) => (err += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}
