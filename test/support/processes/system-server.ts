import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { until } from './until.ts';

/** A server program of the machine's own that runs on loopback, gone when this process is gone, however that ends. */
export interface SystemServer {
  /** Everything it wrote so far. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Debian keeps servers where only root's shell looks for programs. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin`;

/**
 * Whether the machine lacks a program, so that its tests are to be skipped; `npm ci` does not bring these. With `CI` set nothing may
 * be skipped: then it throws.
 */
export function isMissing(program: string): boolean {
  const isThere = spawnSync('sh', ['-c', `command -v ${program}`], { env: { PATH } }).status === 0;
  if (!isThere && isSet(process.env['CI'])) throw new Error(`CI lacks ${program}.`);
  return !isThere;
}

/** Whether an environment variable means yes. */
export function isSet(variable: string | undefined): boolean {
  return variable !== undefined && !['', '0', 'false'].includes(variable);
}

/** How a program differs from one that has this process's user and no environment. */
export interface SystemServerOptions {
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end; rejects with its output when that is not 0. */
export async function runSystemProgram(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { env: { PATH } });
  return stdout;
}

/** Starts a program that stays in the foreground. Resolves when `port` is listened on; rejects with its output when it ends before. */
export async function startSystemServer(
  program: string,
  args: readonly string[],
  port: number,
  { env = {}, ...ids }: SystemServerOptions = {},
): Promise<SystemServer> {
  const child = spawn(program, args, {
    ...ids,
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Its standard input closes when this process ends in any way; then it ends the program.
  const watchdog = spawn('sh', ['-c', `read -r _; kill -TERM ${child.pid} 2>/dev/null`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += String(chunk);
    });
  }
  const ended = once(child, 'exit');
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await until(async () => hasEnded() || (await isListening(port)));
  if (hasEnded()) throw new Error(`${program} ended: ${output}`);
  return {
    output: () => output,
    signal: (signal) => void child.kill(signal),
    async stop() {
      if (!hasEnded()) {
        child.kill('SIGTERM');
        await ended;
      }
      watchdog.kill('SIGKILL');
    },
  };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
