import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { findSandbox } from '../../src/sandbox/find-sandbox.ts';
import { openState } from '../../src/sandbox/state/state.ts';
import {
  callbackReceiver,
  eventually,
  handClock,
  idOf,
  ownCustomer,
  testSandbox,
} from './support.ts';

const VIDEO = 'https://videos.example/two-people.mp4';

function stateFileForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-state-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'deep', 'sandbox.jsonl');
}

describe('the state file', () => {
  it('brings back jobs, balance, port and what is still owed', async () => {
    const stateFile = stateFileForTest();
    const clock = handClock();
    const receiver = await callbackReceiver([500]);
    const first = await startSandbox({ clock, stateFile });
    const analysis = idOf(await ownCustomer(first).analyze(VIDEO));
    clock.move(4_000);
    const order = { webhookUrl: receiver.url };
    const [failedOnce, later] = [
      idOf(await ownCustomer(first).create(VIDEO, order)),
      idOf(await ownCustomer(first).create(VIDEO, { ...order, resolution: '720p' })),
    ];
    // One callback is answered with 500 and one with 200.
    clock.move(9_000);
    await eventually(() => {
      const states = first.stats().tasks.flatMap((task) => task.callbacks);
      expect(states.map(({ state }) => state).sort()).toEqual(['delivered', 'owed']);
    });
    const unfinished = idOf(await ownCustomer(first).create(VIDEO, order));
    await first.close();

    // A kill in the middle of a write leaves a line without its end.
    appendFileSync(stateFile, '{"record":"task","id":"6a06');
    const second = await testSandbox({ clock, stateFile, taskMs: 1 });
    expect(second.url).toBe(first.url);
    const akool = ownCustomer(second);
    expect(await akool.quota()).toMatchObject({ data: { credit: 970 } });
    expect(await akool.analysis(analysis)).toMatchObject({ data: { status: 3, video_url: VIDEO } });
    for (const id of [failedOnce, later]) {
      expect(await akool.task(id)).toMatchObject({ data: { status: 3 } });
    }
    expect(await akool.task(unfinished)).toMatchObject({ data: { status: 1 } });

    clock.move(0);
    await eventually(() => expect(receiver.arrived).toHaveLength(3));
    const owed = receiver.arrived[0]?.plain._id;
    expect(receiver.arrived[2]?.plain).toMatchObject({ _id: owed, status: 3 });
    clock.move(9_000);
    await eventually(() => expect(receiver.arrived).toHaveLength(4));
    expect(receiver.arrived[3]?.plain).toMatchObject({ _id: unfinished, status: 3 });
    await eventually(() => {
      const states = second.stats().tasks.flatMap((task) => task.callbacks);
      expect(states.map(({ state }) => state)).toEqual(Array(3).fill('delivered'));
    });
  });

  it('goes on in whole lines after one that was cut', () => {
    const file = stateFileForTest();
    openState(file).close();
    writeFileSync(file, '{"record":"port","port":4010}\n{"record":"port","po');
    const state = openState(file);
    expect(state.port()).toBe(4010);
    state.write({ record: 'credits', team: 'team', credits: 7 });
    state.close();
    expect(readFileSync(file, 'utf8')).toBe(
      '{"record":"port","port":4010}\n{"record":"credits","team":"team","credits":7}\n',
    );
    const again = openState(file);
    expect(again.creditsOf('team')).toMatchObject({ balance: 7, setTo: 7 });
    again.close();
  });

  it('may have got a byte order mark from an editor', () => {
    const file = stateFileForTest();
    openState(file).close();
    writeFileSync(file, '\uFEFF{"record":"port","port":4010}\n');
    expect(findSandbox(file)?.url).toBe('http://127.0.0.1:4010');
    const state = openState(file);
    expect(state.port()).toBe(4010);
    state.close();
  });

  it.each(['nonsense', '{"record":"unheard of"}'])('is refused when a whole line is %s', (line) => {
    const file = stateFileForTest();
    openState(file).close();
    writeFileSync(file, `{"record":"port","port":4010}\n${line}\n`);
    expect(() => openState(file)).toThrow('line 2 is not a record of the sandbox');
  });

  it.each(['a note', '{"rec0rd', 'a line\nand a half'])(
    'leaves %j, which is not its own, as it is',
    (text) => {
      const file = stateFileForTest();
      openState(file).close();
      writeFileSync(file, text);
      expect(() => openState(file)).toThrow(/line [12] is not a record of the sandbox/);
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it('says in a sentence why a file cannot be used', () => {
    const file = stateFileForTest();
    openState(file).close();
    expect(() => openState(dirname(file))).toThrow('it is a folder');
    expect(() => openState(join(file, 'another.jsonl'))).toThrow(
      'what should be its folder is a file',
    );
  });

  it('is its owner’s alone, unless it is there already', () => {
    const file = stateFileForTest();
    const before = process.umask(0);
    try {
      openState(file).close();
      expect(statSync(file).mode & 0o777).toBe(0o600);
      chmodSync(file, 0o644);
      openState(file).close();
      expect(statSync(file).mode & 0o777).toBe(0o644);
    } finally {
      process.umask(before);
    }
  });

  it('holds no API key', async () => {
    const stateFile = stateFileForTest();
    const sandbox = await testSandbox({ stateFile });
    await ownCustomer(sandbox).analyze(VIDEO);
    const written = readFileSync(stateFile, 'utf8');
    expect(written).toContain(VIDEO);
    expect(written).not.toContain(sandbox.apiKey);
  });

  it('gives way when its port is taken', async () => {
    const stateFile = stateFileForTest();
    const first = await startSandbox({ stateFile });
    await first.close();
    const squatter = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
    await once(squatter, 'listening');
    onTestFinished(() => void squatter.close());
    const second = await testSandbox({ stateFile });
    expect(second.url).not.toBe(first.url);
    expect(await ownCustomer(second).quota()).toMatchObject({ code: 1000 });
    await expect(startSandbox({ port: Number(new URL(first.url).port) })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});
