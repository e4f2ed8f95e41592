import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { until } from '../support/processes/until.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

let npm: ChildProcess | null = null;

afterEach(() => {
  if (npm?.pid !== undefined && npm.exitCode === null) process.kill(-npm.pid, 'SIGKILL');
  npm = null;
  removeFolders();
});

/** Runs a script of ours under npm, in a process group of its own; resolves to what it said so far, and its exit code in the end. */
function run(script: string, env: Record<string, string>) {
  const child = spawn('npm', ['run', '--silent', script], {
    cwd: PROJECT,
    env: { PATH: process.env['PATH'] ?? '', HOME: newFolder(), ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  npm = child;
  let said = '';
  const hear = (chunk: Buffer): void => {
    said += String(chunk);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = once(child, 'exit').then(([code]) => Number(code));
  return { child, said: () => said, ended };
}

it('SIGTERM to npm start drains the gateway: /ready says 503, and it ends with 0', async () => {
  const DATABASE_URL = `file:${join(newFolder(), 'gateway.db')}`;
  const { child, said, ended } = run('start', { PORT: '0', DATABASE_URL });
  const LISTENS = /"url":"(http:[^"]+)\/graphql"/;
  await until(() => LISTENS.test(said()));
  const url = LISTENS.exec(said())?.[1];
  const ready = async (): Promise<number> => (await fetch(`${url}/ready`)).status;
  expect(await ready()).toBe(200);
  child.kill('SIGTERM');
  await until(async () => (await ready()) === 503);
  expect(await ended).toBe(0);
  expect(said()).toContain('Stopping');
  await expect(ready()).rejects.toThrow('fetch failed');
});

it('SIGTERM to the whole process group of npm start, as from a supervisor, drains it just so', async () => {
  const DATABASE_URL = `file:${join(newFolder(), 'gateway.db')}`;
  const { child, said, ended } = run('start', { PORT: '0', DATABASE_URL });
  await until(() => said().includes('The gateway listens'));
  process.kill(-(child.pid ?? 0), 'SIGTERM');
  expect(await ended).toBe(0);
  expect(said()).toContain('Stopping');
  expect(said()).not.toContain('Second signal');
});

it('SIGTERM to npm run sandbox ends the sandbox', async () => {
  const { child, said, ended } = run('sandbox', {});
  await until(() => said().includes('Running until'));
  const url = /URL +(http:\S+)/.exec(said())?.[1];
  expect((await fetch(`${url}/`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  await expect(fetch(`${url}/`)).rejects.toThrow('fetch failed');
});
