import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../processes/folder.ts';
import { freePort } from '../processes/free-port.ts';
import { startSystemServer } from '../processes/system-server.ts';
import type { Pooler } from './pgbouncer.ts';

/** Starts pgpool with its defaults before the one server that has the database of `url`; `settings` are those of pgpool.conf. */
export async function startPgpool(
  url: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Pooler> {
  const { hostname, port: serverPort } = new URL(url);
  const port = await freePort();
  const folder = newFolder();
  const lines = Object.entries({
    sr_check_user: 'postgres',
    backend_hostname0: hostname,
    backend_port0: serverPort,
    listen_addresses: '127.0.0.1',
    port: String(port),
    pcp_listen_addresses: '127.0.0.1',
    pcp_port: String(await freePort()),
    socket_dir: folder,
    pcp_socket_dir: folder,
    wd_ipc_socket_dir: folder,
    logdir: folder,
    work_dir: folder,
    pid_file_name: join(folder, 'pgpool.pid'),
    ...settings,
  }).map(([name, value]) => `${name} = '${value}'`);
  const file = join(folder, 'pgpool.conf');
  writeFileSync(file, lines.join('\n'));
  const none = ['pcp.conf', 'pool_hba.conf'].map((name) => join(folder, name));
  for (const name of none) writeFileSync(name, '');
  const [pcp = '', hba = ''] = none;
  const server = await startSystemServer('pgpool', ['-n', '-f', file, '-F', pcp, '-a', hba], port);
  return {
    ...server,
    through(database) {
      const through = new URL(database);
      through.port = String(port);
      return through.href;
    },
  };
}
