import { chmodSync, chownSync, copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StoreOpenError } from '../../src/store/store-open-error.ts';
import { made, task } from './contract/store-harness.ts';
import { newAuthority, type Certificate } from '../support/akool/certificates.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { startPostgres, type PostgresServer } from '../support/postgres/postgres.ts';
import { closeStores, cutWakeUps, openStore, runSql } from '../support/postgres/postgres-store.ts';
import { until } from '../support/processes/until.ts';

/** Whoever runs Postgres in root's place; test/support/postgres/postgres.ts. */
const NOBODY = 65_534;

let servers: PostgresServer[];
let database: string;
let withoutTls: string;
let withExpired: string;
let folder: string;

/** Its server certificate is for localhost; `tls` may come over TLS alone, `certified` with a certificate of its own alone. */
beforeAll(async () => {
  folder = newFolder();
  chmodSync(folder, 0o755);
  const authority = newAuthority('Our authority');
  const other = newAuthority('Another authority');
  writeFileSync(at('ca.pem'), authority.cert);
  writeFileSync(at('other-ca.pem'), other.cert);
  writePair('server', authority.issue('localhost'));
  writePair('expired', authority.issue('localhost', true));
  writeFileSync(at('marked-ca.pem'), `\uFEFF${authority.cert}`);
  writePair('client', authority.issue('certified'));
  writePair('other-client', other.issue('certified'));
  writeFileSync(at('hba.conf'), HBA);
  servers = await Promise.all([
    startPostgres(),
    startPostgres(tlsWith('server')),
    startPostgres(tlsWith('expired')),
  ]);
  [withoutTls, database, withExpired] = await Promise.all([
    newDatabase(0),
    newDatabase(1),
    newDatabase(2),
  ]);
});
afterEach(closeStores);
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  removeFolders();
});

const HBA = `
hostssl all certified all cert
hostssl all tls all trust
host all postgres all trust
`;

function tlsWith(name: string): Record<string, string> {
  return {
    ssl: 'on',
    ssl_cert_file: at(`${name}.pem`),
    ssl_key_file: at(`${name}.key`),
    ssl_ca_file: at('ca.pem'),
    hba_file: at('hba.conf'),
  };
}

async function newDatabase(place: number): Promise<string> {
  const url = (await servers[place]?.newDatabase()) ?? '';
  await runSql(url, 'create role tls superuser login; create role certified superuser login');
  return url;
}

function at(file: string): string {
  return join(folder, file);
}

/** Postgres wants its key to be its own and nobody else's. */
function writePair(name: string, { cert, key }: Certificate): void {
  writeFileSync(at(`${name}.pem`), cert);
  writeFileSync(at(`${name}.key`), key, { mode: 0o600 });
  if (process.getuid?.() === 0) chownSync(at(`${name}.key`), NOBODY, NOBODY);
}

/** The URL of a database as `user@host` with TLS options, whose files are ours, and a password that nobody is to see. */
function urlOf(who: string, options: string, url = database): string {
  const [user = '', host = ''] = who.split('@');
  const made = new URL(url);
  made.username = user;
  made.password = 'hunter2';
  made.hostname = host;
  made.search = options.replaceAll(/(sslrootcert|sslcert|sslkey)=/g, `$1=${folder}/`);
  return made.href;
}

/** What an operator reads when the store does not open. */
async function refusalAt(url: string): Promise<string> {
  const refusal: unknown = await openStore(url).catch((error: unknown) => error);
  if (!(refusal instanceof StoreOpenError)) throw new Error(`It opened, or: ${String(refusal)}`);
  return refusal.message;
}

const CA = 'sslrootcert=ca.pem';
const CLIENT = 'sslcert=client.pem&sslkey=client.key';

describe('opens', () => {
  it.each([
    ['tls@localhost', `sslmode=verify-full&${CA}`],
    ['tls@localhost', `sslmode=verify-full&${CA}&sslnegotiation=direct`],
    // Stricter than libpq: these two look at the certificate as verify-full does.
    ['tls@localhost', `sslmode=require&${CA}`],
    ['tls@localhost', `sslmode=verify-ca&${CA}`],
    ['tls@localhost', CA],
    // Edited by something that puts a byte order mark before texts.
    ['tls@localhost', 'sslmode=verify-full&sslrootcert=marked-ca.pem'],
    ['tls@127.0.0.1', 'sslmode=no-verify'],
    ['tls@127.0.0.1', 'uselibpqcompat=true&sslmode=require'],
    ['tls@127.0.0.1', `uselibpqcompat=true&sslmode=verify-ca&${CA}`],
    ['certified@localhost', `sslmode=verify-full&${CA}&${CLIENT}`],
    ['certified@127.0.0.1', `sslmode=no-verify&${CLIENT}`],
  ])('%s?%s', async (who, options) => {
    const store = await openStore(urlOf(who, options));
    await store.writeJobs([made(task('team', `${who}?${options}`))]);
    await until(() => store.wakeUps.isHearing());
    const connections = await runSql<{ readonly name: string; readonly ssl: boolean }>(
      database,
      `select distinct application_name as name, ssl from pg_stat_ssl join pg_stat_activity using (pid)
       where usename in ('tls', 'certified') order by 1`,
    );
    expect(connections).toEqual([
      { name: 'head-swap-gateway', ssl: true },
      { name: 'head-swap-gateway wake-ups', ssl: true },
    ]);
  });
});

describe('says what to mend', () => {
  const UNKNOWN = /authority that is not known here: sslrootcert must name/;
  const OTHER_HOST = /for another host: DATABASE_URL must name the host as the certificate does/;
  it.each([
    ['tls@localhost', 'sslmode=verify-full', UNKNOWN],
    ['tls@localhost', 'sslmode=require', UNKNOWN],
    ['tls@localhost', 'sslmode=verify-full&sslrootcert=other-ca.pem', UNKNOWN],
    ['tls@localhost', 'uselibpqcompat=true&sslmode=require&sslrootcert=other-ca.pem', UNKNOWN],
    ['tls@127.0.0.1', `sslmode=verify-full&${CA}`, OTHER_HOST],
    ['tls@127.0.0.1', `sslmode=verify-ca&${CA}`, OTHER_HOST],
    ['tls@localhost', 'sslmode=disable', /wants TLS/],
    ['tls@localhost', '', /wants TLS/],
    [
      'tls@localhost',
      'sslmode=verify-full&sslrootcert=missing.pem',
      /cannot be read: ENOENT \/.*missing\.pem/,
    ],
    ['certified@localhost', `sslmode=verify-full&${CA}`, /or a client certificate/],
    [
      'certified@localhost',
      `sslmode=verify-full&${CA}&sslcert=client.pem`,
      /or a client certificate/,
    ],
    [
      'certified@localhost',
      `sslmode=verify-full&${CA}&sslcert=other-client.pem&sslkey=other-client.key`,
      /ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: is the client certificate/,
    ],
    [
      'certified@localhost',
      `sslmode=verify-full&${CA}&sslcert=client.pem&sslkey=other-client.key`,
      /ERR_OSSL_X509_KEY_VALUES_MISMATCH: is the client certificate/,
    ],
  ])('%s?%s', async (who, options, reason) => {
    const message = await refusalAt(urlOf(who, options));
    expect(message).toMatch(reason);
    expect(message).not.toContain('hunter2');
  });

  it('a server without TLS', async () => {
    const url = urlOf('tls@localhost', `sslmode=verify-full&${CA}`, withoutTls);
    expect(await refusalAt(url)).toMatch(/does not offer TLS/);
  });

  it('an expired certificate', async () => {
    const url = urlOf('tls@localhost', `sslmode=verify-full&${CA}`, withExpired);
    expect(await refusalAt(url)).toMatch(/has expired/);
  });
});

it('goes on when the files of its certificates are gone', async () => {
  const [ca, cert, key] = ['gone-ca.pem', 'gone.pem', 'gone.key'];
  for (const [from, to] of [
    ['ca.pem', ca],
    ['client.pem', cert],
    ['client.key', key],
  ] as const) {
    copyFileSync(at(from), at(to));
  }
  const options = `sslmode=verify-full&sslrootcert=${ca}&sslcert=${cert}&sslkey=${key}`;
  const store = await openStore(urlOf('certified@localhost', options));
  await until(() => store.wakeUps.isHearing());
  for (const name of [ca, cert, key]) rmSync(at(name));
  expect(await cutWakeUps(database)).toBe(1);
  await runSql(
    database,
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'certified'`,
  );
  await until(() => !store.wakeUps.isHearing());
  // More than the pool has, so that new connections are made for those who wait.
  const writes = Array.from({ length: 30 }, (_, number) => made(task('team', `gone-${number}`)));
  await until(() =>
    Promise.all(writes.map((write) => store.writeJobs([write]))).then(
      () => true,
      () => false,
    ),
  );
  await until(() => store.wakeUps.isHearing());
});
