import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Networks apart from the machine's own, on Linux: each belongs to a process, and ends with it. */

/** Whether this process may make them. */
export function canMakeNetworks(): boolean {
  return ['ip -V', 'nsenter -V', 'unshare --net true'].every(
    (command) => spawnSync('sh', ['-c', command]).status === 0,
  );
}

/** A process in a network of its own, which has loopback and nothing else. */
export interface NetworkedProcess {
  readonly pid: number;
  /** Lines that it writes. */
  readonly lines: AsyncIterator<string>;
  end(): void;
}

/** Starts one. */
export function startInNetwork(command: string, args: readonly string[]): NetworkedProcess {
  return follow(
    spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up; exec "$0" "$@"', command, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
}

/** Starts one in the network of another. */
export function startInNetworkOf(
  { pid }: NetworkedProcess,
  command: string,
  args: readonly string[],
): NetworkedProcess {
  const inside = ['--target', String(pid), '--net', command, ...args];
  return follow(spawn('nsenter', inside, { stdio: ['ignore', 'pipe', 'inherit'] }));
}

/** Runs `ip` in the network of a process. */
export function ip({ pid }: NetworkedProcess, args: string): void {
  const inside = ['--target', String(pid), '--net', 'ip', ...args.split(' ')];
  const { status, stderr } = spawnSync('nsenter', inside, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args}: ${stderr}`);
}

function follow(child: ChildProcess): NetworkedProcess {
  if (child.stdout === null) throw new Error('Its output is not piped.');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { pid: child.pid ?? 0, lines, end: () => void child.kill('SIGKILL') };
}
