import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

const SCRIPT = fileURLToPath(new URL('../support/media/copy-large.mjs', import.meta.url));
const HEAD = readFileSync(new URL('../../src/sandbox/files/assets/output.mp4', import.meta.url));
const MEGABYTE = Buffer.alloc(1024 * 1024, 7);

afterEach(removeFolders);

it('a copy of 200 MB takes no more memory than one of 60 MB, give or take 30 MB', async () => {
  const server = createServer((request, response) => {
    const megabytes = Number(request.url?.slice(1));
    response.setHeader('content-length', HEAD.length + megabytes * MEGABYTE.length);
    Readable.from([HEAD, ...Array.from({ length: megabytes }, () => MEGABYTE)]).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = join(newFolder(), 'media');
  // The first one loads the code, and lets as much garbage lie as V8 does before it collects any.
  const urls = [`${origin}/60`, `${origin}/200`];
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, folder, ...urls]);
  const { outcome, grownKilobytes } = JSON.parse(stdout);
  expect(outcome).toMatchObject({
    kind: 'kept',
    file: { bytes: HEAD.length + 200 * MEGABYTE.length },
  });
  expect(grownKilobytes).toBeLessThan(30 * 1024);
});
