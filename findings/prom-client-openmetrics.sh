#!/usr/bin/env bash
# prom-client: one scrape in OpenMetrics takes `_total` from every counter of later scrapes in Prometheus' text format, when a
# registry serves both by setContentType, or two registries share metrics. Whoever is asked for both loses the names of all
# counters in the text format until the process ends.
#
# Seen with prom-client 15.1.3 on Node 20.20.2:
#   text before:  requests_total 1
#   openmetrics:  requests_total 1
#   text after:   requests 1
#
# Exits 0 while it is so, and 1 when it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund prom-client@15.1.3 > /dev/null

cat > scrape.js << 'EOF'
const { Counter, Registry } = require('prom-client');
const registry = new Registry();
const counter = new Counter({ name: 'requests_total', help: 'Requests.', registers: [registry] });
counter.inc();
const sample = async (contentType) => {
  registry.setContentType(contentType);
  return (await registry.metrics()).split('\n').find((line) => line.startsWith('requests'));
};
(async () => {
  console.log(`text before:  ${await sample(Registry.PROMETHEUS_CONTENT_TYPE)}`);
  console.log(`openmetrics:  ${await sample(Registry.OPENMETRICS_CONTENT_TYPE)}`);
  console.log(`text after:   ${await sample(Registry.PROMETHEUS_CONTENT_TYPE)}`);
})();
EOF
node scrape.js | tee seen
diff seen - << 'EOF'
text before:  requests_total 1
openmetrics:  requests_total 1
text after:   requests 1
EOF
