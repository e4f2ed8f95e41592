import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FlagError, readFlags } from '../../src/sandbox/flags.ts';
import { takenPort } from '../support/processes/taken-port.ts';
import { customer, eventually, idOf } from './support.ts';

const MAIN = fileURLToPath(new URL('../../dist/sandbox/main.js', import.meta.url));
const VIDEO = 'https://videos.example/two-people.mp4';

describe('the flags', () => {
  it('become options, and nothing is set that was not said', () => {
    expect(readFlags([])).toEqual({});
    expect(
      readFlags(['--port', '4010', '--task-ms=50', '--credits', '0', '--state-file', 'a.jsonl']),
    ).toEqual({ port: 4010, taskMs: 50, credits: 0, stateFile: 'a.jsonl' });
    expect(readFlags(['--public-url', 'http://sandbox:4010/'])).toEqual({
      publicUrl: 'http://sandbox:4010',
    });
    expect(readFlags(['--numbers-as-strings'])).toEqual({ numbersAsStrings: true });
    expect(readFlags(['--help'])).toBe('help');
  });

  it.each([
    [['--prot', '1'], '--prot'],
    [['--port', '70000'], '--port must be a whole number from 0 to 65535, not "70000"'],
    [['--task-ms', '0'], '--task-ms must be a whole number from 1 to 86400000, not "0"'],
    [['--credits', '1e3'], '--credits'],
    [['--public-url', 'sandbox'], '--public-url'],
    [['--public-url', 'http:sandbox'], '--public-url'],
    [['--public-url', 'http://sandbox/?x'], '--public-url'],
    [['--state-file', ''], '--state-file must be a path, not empty'],
    [['--host='], '--host must be a host name or address, not empty'],
    [['stray'], 'stray'],
  ])('%j is refused by name', (args, named) => {
    expect(() => readFlags(args)).toThrow(FlagError);
    expect(() => readFlags(args)).toThrow(named);
  });
});

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly apiKey: string;
  /** Everything it has printed so far. */
  readonly printed: () => string;
}

async function run(...flags: string[]): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await eventually(() => expect(printed).toContain('Running until Ctrl+C.'));
  expect(printed).toContain('two-people');
  const url = /^URL +(\S+)$/m.exec(printed)?.[1] ?? '';
  const apiKey = /^API key +(\S+)$/m.exec(printed)?.[1] ?? '';
  return { child, url, apiKey, printed: () => printed };
}

describe('the sandbox as a process of its own', () => {
  it('survives kill -9 with everything it knew, at the same URL', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-main-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const flags = ['--state-file', join(folder, 'state.jsonl'), '--analysis-ms', '1'];
    const first = await run(...flags);
    const akool = customer(first, { 'x-api-key': first.apiKey });
    await akool.analyze(VIDEO);
    const id = idOf(await akool.create(VIDEO));
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = await run(...flags);
    expect(second.url).toBe(first.url);
    expect(await akool.task(id)).toMatchObject({ code: 1000, data: { source_video_url: VIDEO } });
    expect(await akool.quota()).toMatchObject({ data: { credit: 990 } });
  });

  it('says when it refills its credits, and goes on when nobody reads that', async () => {
    const { child, url, apiKey, printed } = await run('--credits', '100', '--analysis-ms', '1');
    const akool = customer({ url }, { 'x-api-key': apiKey });
    await akool.analyze(VIDEO);
    await akool.create(VIDEO);
    await eventually(() => expect(printed()).toContain('fell to 90 and were refilled to 100.\n'));
    child.stdout?.destroy();
    for (let more = 0; more < 3; more += 1) {
      expect(await akool.create(VIDEO)).toMatchObject({ code: 1000 });
    }
    expect(await akool.quota()).toMatchObject({ data: { credit: 100 } });
  });

  it('says why it cannot keep its state', () => {
    // Nothing can be made in /proc, and Node's own recursive mkdir tries for ever there.
    const file = process.platform === 'linux' ? '/proc/sandbox/state.jsonl' : `${MAIN}/state.jsonl`;
    const ended = spawnSync(process.execPath, [MAIN, '--state-file', file], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^The sandbox did not start: .*state in \S+: .*another one\.\n$/);
    expect(ended.stderr).toContain(file);
  });

  it('says which flag mends a port that is taken', async () => {
    const port = await takenPort();
    const { status, stderr } = spawnSync(process.execPath, [MAIN, '--port', port], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/another program listens on that port.*--port/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly at %s', async (signal) => {
    const { child } = await run();
    const exit = once(child, 'exit');
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
  });
});
