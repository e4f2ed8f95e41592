import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../processes/folder.ts';
import { freePort } from '../processes/free-port.ts';
import { startSystemServer } from '../processes/system-server.ts';
import { changed, configuredFor, type Instance, type Proxy } from './proxy.ts';

/** Starts HAProxy with deploy/haproxy.cfg, as a master with workers like Debian's unit. */
export async function startHaproxy(instances: readonly Instance[]): Promise<Proxy> {
  const port = await freePort();
  const file = join(newFolder(), 'haproxy.cfg');
  const write = (all: readonly Instance[]): void =>
    writeFileSync(
      file,
      changed(configuredFor('haproxy.cfg', all), 'bind :4000', `bind 127.0.0.1:${port}`),
    );
  write(instances);
  const server = await startSystemServer('haproxy', ['-W', '-db', '-f', file], port);
  return {
    ...server,
    url: `http://127.0.0.1:${port}`,
    logged: server.output,
    async reload(all) {
      write(all);
      server.signal('SIGUSR2');
    },
  };
}
