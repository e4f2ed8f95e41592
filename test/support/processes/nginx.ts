import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { startSystemServer, type SystemServer } from './system-server.ts';

const CONFIGURATION = fileURLToPath(new URL('../../../deploy/nginx.conf', import.meta.url));

/** TeamQuota to write that are nobody else's; in the image they are fine as they are. */
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** The load balancer. */
export interface Balancer extends SystemServer {
  /** As in `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Takes other instances from now on, as `nginx -s reload` does. */
  reload(instances: readonly Instance[]): void;
}

/** Whatever listens where an instance would. */
export interface Instance {
  readonly url: string;
}

/** Starts nginx with deploy/nginx.conf; only addresses and places to write are other ones. */
export async function startNginx(instances: readonly Instance[]): Promise<Balancer> {
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
    reload(all) {
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
