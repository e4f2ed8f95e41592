import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../processes/folder.ts';
import { freePort } from '../processes/free-port.ts';
import { runSystemProgram, startSystemServer } from '../processes/system-server.ts';
import { configuredFor, type Instance, type Proxy } from './proxy.ts';

/** Starts Varnish with deploy/varnish.vcl, as its head says. */
export async function startVarnish(instances: readonly Instance[]): Promise<Proxy> {
  const port = await freePort();
  const folder = newFolder();
  // Its child has another user than root.
  chmodSync(folder, 0o755);
  const file = join(folder, 'varnish.vcl');
  const write = (all: readonly Instance[]): void =>
    writeFileSync(
      file,
      configuredFor(
        'varnish.vcl',
        all,
        (place) => `.host = "gateway-${place}";\n  .port = "4000";`,
        (host, serverPort) => `.host = "${host}";\n  .port = "${serverPort}";`,
      ),
    );
  write(instances);
  const name = join(folder, 'varnish');
  const told = ['-f', file, '-a', `127.0.0.1:${port}`, '-p', 'http_req_hdr_len=16k'];
  const args = ['-F', '-n', name, '-s', 'malloc,16m', ...told];
  const server = await startSystemServer('varnishd', args, port);
  let loaded = 0;
  return {
    ...server,
    url: `http://127.0.0.1:${port}`,
    logged: () => '',
    async reload(all) {
      write(all);
      loaded += 1;
      await runSystemProgram('varnishadm', ['-n', name, 'vcl.load', `reload${loaded}`, file]);
      await runSystemProgram('varnishadm', ['-n', name, 'vcl.use', `reload${loaded}`]);
    },
  };
}
