import { askOverFetch, requestsByAsking } from 'head-swap-client/ask';
import { buyOnce, type KeyStorage, type Order } from 'head-swap-client/buy-once';
import { WatchHeadSwapTaskDocument } from 'head-swap-client/operations';
import { overServerSentEvents } from 'head-swap-client/over-server-sent-events';
import { watchJob } from 'head-swap-client/watch-job';

/** Buys a head swap and follows it to its end; the output's URL. In a browser `storage` is localStorage. */
export async function makeHeadSwap(
  gateway: { url: string; headers: () => Promise<Record<string, string>> },
  storage: KeyStorage,
  order: Order,
  show: (progress: number) => void,
): Promise<string | null> {
  const purchase = buyOnce({ requests: requestsByAsking(askOverFetch(gateway)), storage });
  const result = await purchase.buy(order);
  if (result.__typename !== 'HeadSwapTask') throw new Error(result.message);

  const subscribe = overServerSentEvents(gateway);
  const watch = watchJob({ subscribe, document: WatchHeadSwapTaskDocument, id: result.id });
  for await (const { status, progress, outputUrl, failure } of watch) {
    show(progress);
    if (status === 'COMPLETED') return outputUrl;
    if (failure !== null) throw new Error(failure.reason);
  }
  return null;
}
