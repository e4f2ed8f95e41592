import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/example/free-port.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PROGRAM = join(HERE, 'node_modules/@graphql-hive/gateway/dist/bin.js');
const PATIENCE_MS = 60_000;

/** Hive Gateway in front of a supergraph, installed first where it is missing. Rejects when it does not become ready. */
export async function startHiveGateway(
  supergraph: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  if (!existsSync(PROGRAM)) {
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: HERE,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) throw new Error('Hive Gateway could not be installed.');
  }
  const folder = mkdtempSync(join(tmpdir(), 'head-swap-federation-'));
  const file = join(folder, 'supergraph.graphql');
  writeFileSync(file, supergraph);
  const port = await freePort();
  const hive = spawn(
    process.execPath,
    [PROGRAM, 'supergraph', file, '--host', '127.0.0.1', '--port', String(port)],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const gone = once(hive, 'exit');
  const stop = async (): Promise<void> => {
    hive.kill('SIGTERM');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  if (!(await isReady(`${url}/readiness`))) {
    await stop();
    throw new Error('Hive Gateway did not become ready.');
  }
  return { url: `${url}/graphql`, stop };
}

async function isReady(url: string): Promise<boolean> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}
