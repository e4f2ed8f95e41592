#!/usr/bin/env bash
# Apache 2.4.71 (Debian 12), mod_deflate, mod_proxy; Node 20.20.2 behind it.
#
# `SetOutputFilter DEFLATE` compresses an answer that says `Cache-Control: no-transform`, which forbids that (RFC 9110, 7.7), and
# passes the header on as if it had been obeyed. `AddOutputFilterByType DEFLATE` for the same type does the same.
#
# Seen: SetOutputFilter:       content-encoding gzip, cache-control no-cache, no-transform
#       AddOutputFilterByType: content-encoding gzip, cache-control no-cache, no-transform
#
# Ends with 0 when that is what it sees. Needs apache2 (apt-get install apache2) and Node.
set -euo pipefail
PATH="$PATH:/usr/sbin"
command -v apache2 > /dev/null || { echo 'apache2 is not installed' >&2; exit 2; }
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null || true; wait; rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apache2 -v | head -1
export front=$((20000 + RANDOM % 20000)) back=$((40000 + RANDOM % 10000))

{
  for module in mpm_event authz_core proxy proxy_http deflate filter; do
    echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_${module}.so"
  done
  cat <<CONF
ServerName 127.0.0.1
Listen 127.0.0.1:$front
PidFile $folder/pid
DefaultRuntimeDir $folder
ErrorLog $folder/error.log
User www-data
Group www-data
ProxyPass / http://127.0.0.1:$back/
<Location /set>
  SetOutputFilter DEFLATE
</Location>
<Location /bytype>
  AddOutputFilterByType DEFLATE text/event-stream
</Location>
CONF
} > apache2.conf
apache2 -DFOREGROUND -d "$folder" -f "$folder/apache2.conf" &

cat > look.mjs <<'JS'
import { once } from 'node:events';
import { createServer, get } from 'node:http';

const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' });
  response.end('data: one\n\n');
}).listen(Number(process.env.back), '127.0.0.1');
await once(server, 'listening');

async function look(path) {
  for (;;) {
    const request = get({
      host: '127.0.0.1',
      port: Number(process.env.front),
      path,
      agent: false,
      headers: { 'accept-encoding': 'gzip' },
    });
    try {
      const [response] = await once(request, 'response');
      response.resume();
      return `content-encoding ${response.headers['content-encoding']}, cache-control ${response.headers['cache-control']}`;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const seen = { SetOutputFilter: await look('/set'), AddOutputFilterByType: await look('/bytype') };
for (const [name, value] of Object.entries(seen)) console.log(`${name}: ${value}`);
const zipped = 'content-encoding gzip, cache-control no-cache, no-transform';
process.exit(Object.values(seen).every((value) => value === zipped) ? 0 : 1);
JS
node look.mjs
