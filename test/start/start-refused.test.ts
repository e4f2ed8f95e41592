import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { listenError } from '../../src/app/serving/listen-error.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import { takenPort } from '../support/processes/taken-port.ts';

/** What an operator reads when the gateway, or a command, cannot do what it was told. */

afterEach(async () => {
  await killGateways();
  removeFolders();
});

async function refusal(env: Record<string, string>): Promise<string> {
  const started: unknown = await spawnGateway(newFolder(), {
    AKOOL_API_KEY: 'key-of-the-account',
    ...env,
  }).catch((error: unknown) => error);
  if (!(started instanceof Error)) throw new Error('It started.');
  expect(started.message).toContain('ended with 1');
  expect(started.message).not.toMatch(/^ +at |Error:.*E[A-Z]{4}/m);
  return started.message;
}

describe('a gateway that cannot listen', () => {
  it('names a host that is not known, or not of this machine', async () => {
    for (const host of ['256.1.1.1', '192.0.2.1']) {
      const told = await refusal({ HOST: host, CALLER_KEYS: 'a-key-of-a-caller' });
      expect(told).toContain(`HOST="${host}"`);
      expect(told).toContain('127.0.0.1 for this machine alone');
    }
  });

  it('names a port for figures that is taken', async () => {
    const port = await takenPort();
    const told = await refusal({ METRICS_PORT: port });
    expect(told).toContain(`METRICS_PORT="${port}"`);
    expect(told).toContain('Another program listens there.');
    expect(told).toContain('METRICS_PORT=0 picks a free one');
  });

  it('names a port that is taken', async () => {
    const port = await takenPort();
    const told = await refusal({ PORT: port });
    expect(told).toContain(`PORT="${port}"`);
    expect(told).toContain('PORT=0 picks a free one');
  });

  it('names a port that it may not have, and passes on what no variable is to blame for', () => {
    const place = { host: '127.0.0.1', port: 80 };
    const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    expect(listenError(denied, place)).toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(/PORT="80"\n.*PORT=0 picks a free one/),
    });
    const full = Object.assign(new Error('listen EMFILE'), { code: 'EMFILE' });
    expect(listenError(full, place)).toBe(full);
  });
});

describe('a gateway that cannot keep what it must', () => {
  it('names the state file of its sandbox, which is beside the database', async () => {
    const folder = join(newFolder(), 'a folder');
    mkdirSync(folder);
    const stateFile = join(folder, 'sandbox.jsonl');
    writeFileSync(stateFile, 'not of the sandbox\n');
    const database = pathToFileURL(join(folder, 'gateway.db')).href;
    const told = await refusal({ AKOOL_API_KEY: '', DATABASE_URL: database });
    expect(told).toContain(stateFile);
    expect(told).toContain('Move the file away');
    expect(told).toContain('beside the database of DATABASE_URL');
  });

  it('names a folder for files that cannot be made', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'media'), 'a file in its place');
    const told = await refusal({ MEDIA_URL: `file:${join(folder, 'media')}` });
    expect(told).toContain(`MEDIA_URL="file:${join(folder, 'media')}"`);
    expect(told).toContain('cannot be made or written');
  });

  it('names a database URL that is no file of this machine', async () => {
    expect(await refusal({ DATABASE_URL: 'file://elsewhere/gateway.db' })).toContain(
      'The database file://elsewhere/gateway.db cannot be opened.',
    );
  });
});

describe('npm run codegen', () => {
  const run = (flag: string) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'scripts/codegen.ts', flag], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
    });

  it('writes nothing for a flag that it does not have', () => {
    const wrong = expect.stringMatching(/--chekc[^]*Usage: npm run codegen/);
    expect(run('--chekc')).toMatchObject({ status: 2, stdout: '', stderr: wrong });
    const usage = expect.stringMatching(/^Usage: npm run codegen/);
    expect(run('--help')).toMatchObject({ status: 0, stdout: usage });
  });
});
