/**
 * The example app in front of a gateway on the sandbox: npm run example. PORT names where the page is; unset or 0: any free port.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildExample, serveExample } from './example/example-app.ts';
import { freePort } from './example/free-port.ts';
import { flagsOf } from './flags.ts';

const USAGE = `Usage: npm run example   the example app in front of a gateway on the sandbox

  --help   prints this

PORT names where the page is; not set or 0: any free port.
`;

flagsOf(USAGE, () => parseArgs({ options: { help: { type: 'boolean' } } }));
const port = Number(process.env['PORT'] ?? 0) || (await freePort());
const folder = mkdtempSync(join(tmpdir(), 'head-swap-example-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const outDir = join(folder, 'page');
buildExample(outDir);
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
// Nothing of this shell's environment: a key of AKOOL's in it would buy.
const gateway = spawn(process.execPath, [main], {
  cwd: folder,
  env: {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
    ALLOWED_ORIGINS: `http://127.0.0.1:${port},http://localhost:${port}`,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
  // Ctrl+C reaches the whole group; the gateway is to be ended by this script, once.
  detached: true,
});
const gone = once(gateway, 'exit');

const urls = new Map<string, string>();
for await (const line of createInterface({ input: gateway.stdout })) {
  const entry: { sandbox?: string; url?: string } = JSON.parse(line);
  if (entry.sandbox !== undefined) urls.set('sandbox', entry.sandbox);
  if (entry.url !== undefined) {
    urls.set('gateway', new URL(entry.url).origin);
    break;
  }
}
const gatewayUrl = urls.get('gateway');
const sandboxUrl = urls.get('sandbox');
if (gatewayUrl === undefined || sandboxUrl === undefined) {
  throw new Error('The gateway did not start on the sandbox.');
}
gateway.stdout.resume();

const app = await serveExample({ outDir, gatewayUrl, sandboxUrl, port });
console.log(`\n  The example is at ${app.url}/\n  The gateway is at ${gatewayUrl}/graphql\n`);
console.log('  Nothing is bought: it runs on the sandbox. Ctrl+C ends it.\n');

let isStopping = false;
const stop = async (): Promise<void> => {
  if (isStopping) return;
  isStopping = true;
  gateway.kill('SIGTERM');
  await Promise.all([gone, app.stop()]);
};
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
void gone.then(stop);
