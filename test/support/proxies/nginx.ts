import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newFolder } from '../processes/folder.ts';
import { freePort } from '../processes/free-port.ts';
import { startSystemServer } from '../processes/system-server.ts';
import type { Instance, Proxy } from './proxy.ts';

const CONFIGURATION = fileURLToPath(new URL('../../../deploy/nginx.conf', import.meta.url));

/** Places to write that are nobody else's; in the image they are fine as they are. */
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** Starts nginx with deploy/nginx.conf; only addresses and places to write are other ones. */
export async function startNginx(instances: readonly Instance[]): Promise<Proxy> {
  const folder = newFolder();
  // Its workers have another user than root.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  const write = (all: readonly Instance[]): void =>
    writeFileSync(file, configuration(all, port, folder));
  write(instances);
  const globals = `daemon off; pid ${join(folder, 'pid')};`;
  const args = ['-p', folder, '-e', 'stderr', '-c', file, '-g', globals];
  const server = await startSystemServer('nginx', args, port);
  return {
    ...server,
    url: `http://127.0.0.1:${port}`,
    logged: () => readFileSync(join(folder, 'access.log'), 'utf8'),
    async reload(all) {
      write(all);
      server.signal('SIGHUP');
    },
  };
}

function configuration(instances: readonly Instance[], port: number, folder: string): string {
  const text = readFileSync(CONFIGURATION, 'utf8');
  const servers = [...text.matchAll(/server gateway-\d:4000/g)];
  if (servers.length !== 3) throw new Error('deploy/nginx.conf should have three instances.');
  const [, options = ''] = /server gateway-1:4000([^;]*);/.exec(text) ?? [];
  const own = instances.map(({ url }) => `server ${new URL(url).host}${options};`);
  const paths = TEMPORARY.map((name) => `${name}_temp_path ${join(folder, name)};`);
  return text
    .replace(/server gateway-1:4000[^;]*;/, own.join('\n'))
    .replaceAll(/server gateway-[23]:4000[^;]*;/g, '')
    .replace('listen 4000;', `listen 127.0.0.1:${port};`)
    .replaceAll('/dev/stdout', join(folder, 'access.log'))
    .replaceAll('/dev/stderr', 'stderr')
    .replace('http {', `http {\n${paths.join('\n')}\n`);
}
