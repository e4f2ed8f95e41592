import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';

/** What a start costs is the modules that it loads: each takes a third of a millisecond, whatever is in it. */

const SHIPPED = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const LOG_MODULES = fileURLToPath(new URL('../support/processes/log-modules.mjs', import.meta.url));

afterEach(async () => {
  await killGateways();
  removeFolders();
});

/** The modules of the compiled gateway that are loaded by the time it says that it listens. */
async function modulesUntilReady(env: Record<string, string> = {}): Promise<readonly string[]> {
  const folder = newFolder();
  const file = join(folder, 'modules.txt');
  const args = ['--import', LOG_MODULES, SHIPPED];
  await spawnGateway(folder, { ...env, MODULES_FILE: file }, args);
  const [before = '', after] = readFileSync(file, 'utf8').split('ready\n');
  expect(after).toBeDefined();
  return before.split('\n');
}

function packagesOf(modules: readonly string[]): ReadonlySet<string> {
  const names = modules.map((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? '');
  return new Set(names);
}

/**
 * Needed with a setting that is not the default, or by the first who asks for something. What the first request to AKOOL needs is
 * loaded as soon as the gateway listens, and so may or may not be there when it says so.
 */
const LATER = [
  '@aws-sdk/client-s3', //  with a bucket
  'pg', //                  with Postgres
  'jose', //                with JWTs
  'pino-pretty', //         on a terminal
  'graphql-jit', //         an operation that is asked for again and again
  'file-type', //           an upload or a copy
  'image-size',
  'mediabunny',
  'mp4box',
];

/** Yoga and its tools are a third of them. */
const MOST_MODULES = 1_350;

it('loads nothing before it listens that only some starts or later moments need', async () => {
  const modules = await modulesUntilReady();
  const packages = packagesOf(modules);
  expect(LATER.filter((name) => packages.has(name))).toEqual([]);
  expect([...packages]).toEqual(expect.arrayContaining(['graphql-yoga', 'kysely', 'ws']));
  expect(modules.length).toBeLessThan(MOST_MODULES);
});

it('has loaded by then what its settings ask for', async () => {
  const modules = await modulesUntilReady({
    AKOOL_API_KEY: 'key-of-the-account',
    JWT_JWKS_URL: 'http://127.0.0.1:9/keys',
    JWT_ISSUER: 'https://issuer.example/',
    JWT_AUDIENCE: 'gateway',
  });
  expect([...packagesOf(modules)]).toEqual(expect.arrayContaining(['jose', 'undici']));
});
