import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../processes/folder.ts';
import { freePort } from '../processes/free-port.ts';
import { startSystemServer } from '../processes/system-server.ts';
import { changed, configuredFor, type Instance, type Proxy } from './proxy.ts';

/** What Debian enables by itself and the site needs, and what its head says to enable. */
const MODULES = `mpm_event authz_core proxy proxy_http proxy_balancer lbmethod_bybusyness proxy_hcheck
  setenvif alias slotmem_shm`;

/** Starts Apache with deploy/apache.conf as its only site. */
export async function startApache(instances: readonly Instance[]): Promise<Proxy> {
  const port = await freePort();
  const folder = newFolder();
  // Its children have another user than root.
  chmodSync(folder, 0o755);
  const site = join(folder, 'site.conf');
  const write = (all: readonly Instance[]): void => {
    const listening = changed(
      configuredFor('apache.conf', all),
      '\nListen 4000',
      `\nListen 127.0.0.1:${port}`,
    );
    writeFileSync(site, changed(listening, '*:4000', `*:${port}`));
  };
  write(instances);
  const main = join(folder, 'apache2.conf');
  writeFileSync(
    main,
    [
      ...MODULES.split(/\s+/).map(
        (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
      ),
      'ServerName 127.0.0.1',
      'User www-data',
      'Group www-data',
      `PidFile ${join(folder, 'pid')}`,
      `DefaultRuntimeDir ${folder}`,
      `ErrorLog ${join(folder, 'error.log')}`,
      `Include ${site}`,
    ].join('\n'),
  );
  const args = ['-DFOREGROUND', '-d', folder, '-f', main];
  const env = { APACHE_LOG_DIR: folder };
  const server = await startSystemServer('apache2', args, port, { env });
  return {
    ...server,
    url: `http://127.0.0.1:${port}`,
    logged: () => readFileSync(join(folder, 'gateway.log'), 'utf8'),
    async reload(all) {
      write(all);
      server.signal('SIGUSR1');
    },
  };
}
