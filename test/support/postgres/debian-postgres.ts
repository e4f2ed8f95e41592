import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isSet } from '../processes/system-server.ts';

const VERSIONS = '/usr/lib/postgresql';

/**
 * The folder of Debian's own Postgres: a server with pg_dump and the rest, which npm packages lack, and which must be of one version.
 * Null: the machine has none, so that its tests are to be skipped. With `CI` set nothing may be skipped: then it throws.
 */
export function findDebianPostgres(): string | null {
  const newest = (existsSync(VERSIONS) ? readdirSync(VERSIONS) : [])
    .toSorted((one, other) => Number(other) - Number(one))
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((bin) => ['postgres', 'pg_restore'].every((program) => existsSync(join(bin, program))));
  if (newest === undefined && isSet(process.env['CI'])) throw new Error('CI lacks postgresql.');
  return newest ?? null;
}
