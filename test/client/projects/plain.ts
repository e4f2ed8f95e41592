import { askOverFetch, requestsByAsking } from 'head-swap-client/ask';
import { buyOnce } from 'head-swap-client/buy-once';
import { ReadOutputDocument, WatchHeadSwapTaskDocument } from 'head-swap-client/operations';
import { overServerSentEvents } from 'head-swap-client/over-server-sent-events';
import { watchJob } from 'head-swap-client/watch-job';

/* Buys and watches with nothing but the package. */

const [url = '', analysisId = ''] = process.argv.slice(2);
const keys = new Map<string, string>();
const ask = askOverFetch({ url });
const purchase = buyOnce({
  requests: requestsByAsking(ask),
  storage: {
    getItem: (slot) => keys.get(slot) ?? null,
    setItem: (slot, key) => keys.set(slot, key),
    removeItem: (slot) => keys.delete(slot),
  },
});
const bought = await purchase.buy({
  analysisId,
  mappings: [{ objId: 0, faceUrl: 'https://example.com/face.png' }],
});
if (bought.__typename !== 'HeadSwapTask') throw new Error(bought.message);

const subscribe = overServerSentEvents({ url });
for await (const { status } of watchJob({
  subscribe,
  document: WatchHeadSwapTaskDocument,
  id: bought.id,
})) {
  process.stdout.write(`${status}\n`);
}
const { headSwapTask } = await ask(ReadOutputDocument, { id: bought.id });
process.stdout.write(`${headSwapTask?.outputUrl}\n`);
