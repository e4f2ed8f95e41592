import { createClient, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { buyOnce } from 'head-swap-client/buy-once';
import { ReadOutputDocument, WatchHeadSwapTaskDocument } from 'head-swap-client/documents';
import { keys, schema } from 'head-swap-client/graphcache';
import { keepNewerExchange, requestsByUrql } from 'head-swap-client/urql';

/* Buys and watches with urql and graphcache. */

const [url = '', analysisId = ''] = process.argv.slice(2);
const client = createClient({
  url,
  preferGetMethod: false,
  fetchSubscriptions: true,
  exchanges: [cacheExchange({ keys, schema }), keepNewerExchange(), fetchExchange],
});

const stored = new Map<string, string>();
const purchase = buyOnce({
  requests: requestsByUrql(client),
  storage: {
    getItem: (slot) => stored.get(slot) ?? null,
    setItem: (slot, key) => stored.set(slot, key),
    removeItem: (slot) => stored.delete(slot),
  },
});
const bought = await purchase.buy({
  analysisId,
  mappings: [{ objId: 0, faceUrl: 'https://example.com/face.png' }],
});
if (bought.__typename !== 'HeadSwapTask') throw new Error(bought.message);

const variables = { id: bought.id };
await new Promise<void>((resolve, reject) => {
  client
    .subscription(WatchHeadSwapTaskDocument, variables)
    .subscribe(({ data, error, hasNext }) => {
      const status = data?.headSwapTaskStatusChanged.status;
      if (error !== undefined) reject(error);
      else if (hasNext) process.stdout.write(`${status}\n`);
      else resolve();
    });
});
const { data } = await client.query(ReadOutputDocument, variables).toPromise();
process.stdout.write(`${data?.headSwapTask?.outputUrl}\n`);
