import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { newFolder } from '../processes/folder.ts';
import { freePort } from '../processes/free-port.ts';
import {
  runSystemProgram,
  startSystemServer,
  type SystemServer,
} from '../processes/system-server.ts';
import type { S3Server } from './s3-server.ts';

const PARTS = ['account', 'container', 'object'] as const;

/** One copy of everything on one device; which server has it is all that a ring says. */
const MAKE_RINGS = `
import sys
from swift.common.ring import RingBuilder
for ring, port in zip(sys.argv[2::2], sys.argv[3::2]):
    builder = RingBuilder(4, 1, 0)
    builder.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': int(port), 'device': 'disk', 'weight': 1})
    builder.rebalance()
    builder.get_ring().save(f'{sys.argv[1]}/{ring}.ring.gz')
`;

/** Each in front of the next, with what it is told. Nothing listens where the cache should be, which only makes it slower. */
const FILTERS: readonly (readonly [name: string, ...settings: string[]])[] = [
  ['catch_errors'],
  ['gatekeeper'],
  ['cache', 'use = egg:swift#memcache', 'memcache_servers = 127.0.0.1:1'],
  ['listing_formats'],
  ['s3api', 'use = egg:swift#s3api', 'location = us-east-1'],
  ['tempauth', 'use = egg:swift#tempauth', 'user_media_gateway = a-secret-of-this-test .admin'],
  ['copy'],
  ['slo'],
];

/**
 * Starts Debian's OpenStack Swift with its S3 API and an empty bucket. Unlike small stand-ins it holds every request, presigned ones
 * too, to its version 4 signature: the time that it is good for, the headers that it signs, their values.
 */
export async function startSwift(): Promise<S3Server> {
  const folder = newFolder();
  mkdirSync(join(folder, 'disks', 'disk'), { recursive: true });
  const common = [
    'bind_ip = 127.0.0.1',
    'workers = 0',
    `user = ${userInfo().username}`,
    `swift_dir = ${folder}`,
    `devices = ${join(folder, 'disks')}`,
    'mount_check = false',
    'log_level = ERROR',
  ];
  const ports = new Map<string, number>();
  for (const part of PARTS) ports.set(part, await freePort());
  const rings = [...ports].flatMap(([part, port]) => [part, String(port)]);
  // Debian's own, which has Swift; another Python may come first in PATH.
  await runSystemProgram('/usr/bin/python3', ['-c', MAKE_RINGS, folder, ...rings]);
  const start = (part: string, port: number, rest: readonly string[]): Promise<SystemServer> => {
    const file = join(folder, `${part}.conf`);
    writeFileSync(file, ['[DEFAULT]', `bind_port = ${port}`, ...common, ...rest, ''].join('\n'));
    return startSystemServer(`swift-${part}-server`, [file], port);
  };
  const credentials = { accessKeyId: 'media:gateway', secretAccessKey: 'a-secret-of-this-test' };
  const port = await freePort();
  const servers = await Promise.all([
    start('proxy', port, [
      '[pipeline:main]',
      `pipeline = ${FILTERS.map(([name]) => name).join(' ')} proxy-server`,
      '[app:proxy-server]',
      'use = egg:swift#proxy',
      'account_autocreate = true',
      ...FILTERS.map(([name, use = `use = egg:swift#${name}`, ...settings]) =>
        [`[filter:${name}]`, use, ...settings].join('\n'),
      ),
    ]),
    ...PARTS.map((part) =>
      start(part, ports.get(part) ?? 0, [
        '[pipeline:main]',
        `pipeline = ${part}-server`,
        `[app:${part}-server]`,
        `use = egg:swift#${part}`,
      ]),
    ),
  ]);
  const endpoint = `http://127.0.0.1:${port}`;
  const bucket = 'media';
  await makeBucket({ endpoint, bucket, credentials });
  return {
    endpoint,
    bucket,
    credentials,
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
}

async function makeBucket(server: Omit<S3Server, 'stop'>): Promise<void> {
  const { endpoint, credentials, bucket: Bucket } = server;
  const client = new S3Client({
    endpoint,
    credentials,
    region: 'us-east-1',
    forcePathStyle: true,
  });
  await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
}
