import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../processes/folder.ts';
import { freePort } from '../processes/free-port.ts';
import { runSystemProgram, startSystemServer } from '../processes/system-server.ts';
import { changed, configuredFor, type Instance, type Proxy } from './proxy.ts';

/** Starts Caddy with deploy/Caddyfile; its administration, by which it is told to reload, has a port of its own, too. */
export async function startCaddy(instances: readonly Instance[]): Promise<Proxy> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const folder = newFolder();
  const file = join(folder, 'Caddyfile');
  const write = (all: readonly Instance[]): void => {
    const listening = changed(
      configuredFor('Caddyfile', all),
      '\n:4000 {',
      `\nhttp://127.0.0.1:${port} {`,
    );
    writeFileSync(file, changed(listening, '\n{\n', `\n{\n\tadmin 127.0.0.1:${adminPort}\n`));
  };
  write(instances);
  const configuration = ['--config', file, '--adapter', 'caddyfile'];
  const env = { HOME: folder };
  const server = await startSystemServer('caddy', ['run', ...configuration], port, { env });
  return {
    ...server,
    url: `http://127.0.0.1:${port}`,
    logged: server.output,
    async reload(all) {
      write(all);
      await runSystemProgram('caddy', ['reload', '--force', ...configuration]);
    },
  };
}
