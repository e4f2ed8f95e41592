import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../processes/folder.ts';
import { freePort } from '../processes/free-port.ts';
import { startSystemServer, type SystemServer } from '../processes/system-server.ts';

/** A pooler before a Postgres server. */
export interface Pooler extends SystemServer {
  /** The URL of a database through the pooler. */
  through(url: string): string;
}

/** Like Postgres it refuses to run as root. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/** Starts pgbouncer with its defaults before the server that has the database of `url`; `settings` are those of pgbouncer.ini. */
export async function startPgbouncer(
  url: string,
  mode: 'session' | 'transaction',
  settings: Readonly<Record<string, string>> = {},
): Promise<Pooler> {
  const { hostname, port: serverPort, username } = new URL(url);
  const port = await freePort();
  const folder = newFolder();
  const file = join(folder, 'pgbouncer.ini');
  const lines = Object.entries({
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: mode,
    ...settings,
  }).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(
    file,
    `[databases]\n* = host=${hostname} port=${serverPort} user=${username}\n[pgbouncer]\n${lines.join('\n')}\n`,
  );
  chmodSync(folder, 0o755);
  const isRoot = process.getuid?.() === 0;
  const server = await startSystemServer('pgbouncer', [file], port, isRoot ? NOBODY : {});
  return {
    ...server,
    through(database) {
      const through = new URL(database);
      through.port = String(port);
      return through.href;
    },
  };
}
