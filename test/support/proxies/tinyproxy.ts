import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../processes/folder.ts';
import { freePort } from '../processes/free-port.ts';
import { startSystemServer, type SystemServer } from '../processes/system-server.ts';

/** A forward proxy on loopback. */
export interface ForwardProxyServer extends SystemServer {
  /** As in `http://127.0.0.1:8888`; with user and password where it wants them. */
  readonly url: string;
  /** How many tunnels were asked for so far, and where to. */
  tunnels(): string[];
}

/** What it lets pass. */
export interface TinyproxyOptions {
  /** The ports that tunnels may lead to; none given: all. */
  readonly ports?: readonly number[];
  /** As in `user:password`. */
  readonly credential?: string;
}

/** Starts Debian's tinyproxy. */
export async function startTinyproxy(options: TinyproxyOptions = {}): Promise<ForwardProxyServer> {
  const { ports = [], credential } = options;
  const port = await freePort();
  const file = join(newFolder(), 'tinyproxy.conf');
  const lines = [
    `Port ${port}`,
    'Listen 127.0.0.1',
    'Allow 127.0.0.1',
    'Timeout 600',
    'MaxClients 100',
    'LogLevel Connect',
    ...ports.map((allowed) => `ConnectPort ${allowed}`),
    ...(credential === undefined ? [] : [`BasicAuth ${credential.replace(':', ' ')}`]),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const server = await startSystemServer('tinyproxy', ['-d', '-c', file], port);
  const user = credential === undefined ? '' : `${credential}@`;
  return {
    ...server,
    url: `http://${user}127.0.0.1:${port}`,
    tunnels: () => [...server.output().matchAll(/CONNECT (\S+) HTTP/g)].map(([, to]) => to ?? ''),
  };
}
