import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuNs, residentBytes } from './process-figures.ts';
import type { Pinning } from './pinning.ts';

/** A server of the bench, in its own process and folder. */
export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  cpuNs(): number;
  residentBytes(): number;
  /** Ends it, and waits for that. */
  stop(): Promise<void>;
}

export interface ServerCommand {
  readonly name: string;
  /** Arguments of node. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A path that answers 200 once the server can serve; null: any answer will do. */
  readonly readyPath: string | null;
  readonly pinning: Pinning;
  /** A gateway is asked to end, since it leaves a database behind; a peer leaves nothing. */
  readonly endSignal: 'SIGTERM' | 'SIGKILL';
  /** Default: a new one, deleted at the end. */
  readonly folder?: string;
  readonly port?: number;
}

const START_MS = 120_000;
const STOP_MS = 60_000;
const LOOK_MS = 20;

/** Starts the server with nothing of this process's environment but its path, and waits until it serves. */
export async function startServer(options: ServerCommand): Promise<ServerProcess> {
  const { name, args, env, readyPath, pinning } = options;
  const port = options.port ?? (await freePort());
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const logFile = join(folder, 'server.log');
  const log = openSync(logFile, 'a');
  const { program, before } = pinning.server;
  const child = spawn(program, [...before, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, PORT: String(port), ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const told = (): string => readFileSync(logFile, 'utf8').slice(-2_000);
  const killWithParent = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithParent);
  const stop = async (): Promise<void> => {
    await endProcess(child, options.endSignal);
    process.off('exit', killWithParent);
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_MS;
  while (!(await isReady(port, readyPath))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      const why = told();
      await stop();
      throw new Error(`${name} did not start. ${why}`);
    }
    await pause(LOOK_MS);
  }
  const pid = child.pid ?? 0;
  return {
    port,
    pid,
    folder,
    cpuNs: () => cpuNs(pid),
    residentBytes: () => residentBytes(pid),
    stop,
  };
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const tooLate = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(tooLate);
}

async function isReady(port: number, path: string | null): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path ?? '/'}`, {
      headers: { connection: 'close' },
    });
    await response.arrayBuffer();
    return path === null || response.ok;
  } catch {
    return false;
  }
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
