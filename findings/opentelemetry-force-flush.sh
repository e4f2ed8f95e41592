#!/usr/bin/env bash
# @opentelemetry/sdk-trace-base 2.12.1: forceFlush() of a BatchSpanProcessor resolves before spans that had ended are exported, when
# they had just filled a batch.
#
# A full batch is sent by itself, and is out of the list that forceFlush() looks at by then, so that it resolves at once: whoever
# freezes or ends the process after it, as serverless platforms do, loses that batch. One span less, or one more, and it waits until
# the exporter is done.
#
# Seen, with batches of 4:
#       3 spans: forceFlush waited for 1 of 1 exports
#       4 spans: forceFlush waited for 0 of 1 exports
#       5 spans: forceFlush waited for 2 of 2 exports
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact @opentelemetry/api@1.9.1 @opentelemetry/core@2.12.1 \
  @opentelemetry/resources@2.12.1 @opentelemetry/sdk-trace-base@2.12.1
cat > look.js <<'JS'
import { setTimeout as pause } from 'node:timers/promises';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

/** How many exports had been answered when forceFlush() resolved, and how many there were in the end. */
async function look(spans) {
  let [asked, answered] = [0, 0];
  const exporter = {
    export(_spans, done) {
      asked += 1;
      setTimeout(() => {
        answered += 1;
        done({ code: 0 });
      }, 200);
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const processor = new BatchSpanProcessor(exporter, { maxExportBatchSize: 4, scheduledDelayMillis: 60_000 });
  const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('look');
  for (let index = 0; index < spans; index += 1) tracer.startSpan('work').end();
  await processor.forceFlush();
  const waitedFor = answered;
  await pause(1_000);
  return `${waitedFor} of ${asked}`;
}

for (const spans of [3, 4, 5]) {
  console.log(`${spans} spans: forceFlush waited for ${await look(spans)} exports`);
}
JS
node look.js | tee seen
diff seen - <<'SEEN'
3 spans: forceFlush waited for 1 of 1 exports
4 spans: forceFlush waited for 0 of 1 exports
5 spans: forceFlush waited for 2 of 2 exports
SEEN
