import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../processes/free-port.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';

/** A Postgres server of our own: real, empty, on loopback, gone when this process is gone, however that ends. */
export interface PostgresServer {
  /** A new, empty database; its URL. */
  newDatabase(): Promise<string>;
  /** Ends the server as a power cut would, if it runs. */
  kill(): Promise<void>;
  /** Stops the server's processes in their tracks, and lets them go on. */
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same files and port. */
  start(): Promise<void>;
  /** Ends it and deletes its files. */
  stop(): Promise<void>;
}

/** Postgres refuses to run as root; any other user does, and needs no entry in the system's list. */
const NOBODY = 65_534;

/**
 * Starts a server. `settings` are those of postgresql.conf. Durable as in production, except that the first files are not synced. `bin`:
 * the folder of its programs; default: those that come with the tests.
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  bin = findPostgresBinaries(),
): Promise<PostgresServer> {
  const ids = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const folder = mkdtempSync(join(tmpdir(), 'gateway-postgres-'));
  chmodSync(folder, 0o700);
  if (ids.uid !== undefined) chownSync(folder, ids.uid, ids.gid);
  const data = join(folder, 'data');
  const options = {
    ...ids,
    cwd: folder,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
  };
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale', '--no-sync'],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`);

  const port = await freePort();
  const flags = Object.entries({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '400',
    shared_buffers: '32MB',
    // Only a machine that dies could tell the difference: what ends here are processes.
    fsync: 'off',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let server: ChildProcess | null = null;
  let watchdog: ChildProcess | null = null;

  const start = async (): Promise<void> => {
    const child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...flags], {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = child;
    watchdog?.kill('SIGKILL');
    watchdog = watchOver(child.pid ?? 0, folder);
    let log = '';
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`postgres ended with ${code}: ${log}`)));
      child.stderr.on('data', (chunk: Buffer) => {
        log = (log + String(chunk)).slice(-4000);
        if (log.includes('ready to accept connections')) resolve();
      });
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const child = server;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;

  await start();
  return {
    async newDatabase() {
      const name = `test_${randomBytes(6).toString('hex')}`;
      const client = new Client(url('postgres'));
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      return url(name);
    },
    // Immediate shutdown: no checkpoint, no goodbye to clients, and recovery at the next start. SIGKILL would leave children behind.
    kill: () => end('SIGQUIT'),
    freeze: () => signalAll(server?.pid ?? 0, 'SIGSTOP'),
    thaw: () => signalAll(server?.pid ?? 0, 'SIGCONT'),
    start,
    async stop() {
      await end('SIGINT');
      watchdog?.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Its standard input closes when this process ends in any way, SIGKILL included; then it ends the server and deletes its files. */
function watchOver(pid: number, folder: string): ChildProcess {
  const script = `read -r _; kill -QUIT ${pid} 2>/dev/null; sleep 1; rm -rf "$0"`;
  const dog = spawn('sh', ['-c', script, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  dog.unref();
  return dog;
}

/**
 * The postmaster and its backends. It is stopped first and goes on last: in between it makes no
 * backend, and lets none that has ended go.
 */
function signalAll(postmaster: number, signal: NodeJS.Signals): void {
  const listed = spawnSync('ps', ['-o', 'pid=', '--ppid', String(postmaster)], {
    encoding: 'utf8',
  });
  const children = listed.stdout
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
  const pids = signal === 'SIGCONT' ? [...children, postmaster] : [postmaster, ...children];
  for (const pid of pids) process.kill(pid, signal);
}
