import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { gatewayProgram } from '../processes/programs.ts';

/** The gateway as a process of its own. */
export interface GatewayProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything it wrote so far. */
  output(): string;
  /** Any document over HTTP; the whole answer. */
  ask(
    query: string,
    variables?: Record<string, unknown>,
    // oxlint-disable-next-line typescript/no-explicit-any -- tests look at answers of any shape
  ): Promise<{ data: any; errors?: any[] }>;
  /** Resolves when it is gone, however it went. */
  readonly gone: Promise<void>;
  /** Sends a signal and resolves to the exit code (null: killed by the signal). */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

const LISTENS = /"url":"(http:[^"]+)\/graphql"/;

const running = new Set<ChildProcess>();

/** Kills what is left. To be called after each test. */
export async function killGateways(): Promise<void> {
  for (const child of running) {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

/**
 * Starts one with its database in `folder`; rejects with its output when it ends before it listens. `args`: what Node runs
 * instead of the gateway.
 * `launcher`: a command that becomes the process, told what to run by its further arguments.
 */
export async function spawnGateway(
  folder: string,
  env: Record<string, string> = {},
  args: readonly string[] = [gatewayProgram()],
  launcher: readonly string[] = [],
): Promise<GatewayProcess> {
  const [command = process.execPath, ...rest] = [...launcher, process.execPath, ...args];
  const child = spawn(command, rest, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: '0',
      DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(child);
      resolve();
    });
  });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      output += String(chunk);
      const found = LISTENS.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The gateway ended with ${code}: ${output}`)));
  });
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    gone,
    async ask(query, variables = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return response.json();
    },
    async end(signal) {
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
  };
}
