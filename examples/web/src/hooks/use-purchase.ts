import { useEffect, useState } from 'react';
import { buyOnce, type Order, type Purchase } from 'head-swap-client/buy-once';
import { requestsByUrql } from 'head-swap-client/urql';
import { client } from '../client/gateway.ts';
import {
  BOUGHT_EARLIER,
  CONFLICT,
  NOT_BOUGHT,
  refusalOf,
  UNHEARD,
  UNKNOWN,
  type PurchaseProblem,
} from './purchase-problem.ts';

const ASK_EVERY_MS = 2_000;

export interface PurchaseState {
  readonly isBuying: boolean;
  readonly problem: PurchaseProblem | null;
  /** The task of an earlier order with other faces; null: there is none, or it is not known. */
  readonly earlierTask: string | null;
  buy(order: Order): Promise<void>;
  /** Buys beside what was bought earlier: a purchase of its own, with a key of its own. */
  buyAnother(order: Order): Promise<void>;
}

/** Buys once for an analysis. The key outlives a reload, after which the page goes on to what was bought. */
export function usePurchase(analysisId: string, onTask: (id: string) => void): PurchaseState {
  const [purchase, setPurchase] = useState(() => purchaseOf(analysisId));
  const [isBuying, setIsBuying] = useState(false);
  const [problem, setProblem] = useState<PurchaseProblem | null>(null);
  const [earlierTask, setEarlierTask] = useState<string | null>(null);
  const kind = problem?.kind ?? null;

  useEffect(() => {
    let isLeft = false;
    const learn = async (): Promise<void> => {
      const result = await purchase.recover();
      if (isLeft) return;
      if (result?.__typename === 'HeadSwapTask') {
        if (kind !== 'conflict') return onTask(result.id);
        setEarlierTask(result.id);
        setProblem(BOUGHT_EARLIER);
      } else if (result?.__typename === 'OutcomeUnknownError') {
        setProblem((present) => present ?? UNKNOWN);
      } else if (kind !== null) setProblem(NOT_BOUGHT);
    };
    // Without an answer the next time will do, or the next press, which has the same key.
    const ask = (): void => void learn().catch(() => undefined);
    if (kind === null) ask();
    const timer = isOpen(kind) ? setInterval(ask, ASK_EVERY_MS) : undefined;
    return () => {
      isLeft = true;
      clearInterval(timer);
    };
    // oxlint-disable-next-line react/exhaustive-deps -- where to go does not change what is asked
  }, [purchase, kind]);

  const buyWith = async (chosen: Purchase, order: Order): Promise<void> => {
    setIsBuying(true);
    try {
      const result = await chosen.buy(order);
      if (result.__typename === 'HeadSwapTask') onTask(result.id);
      else if (result.__typename === 'OutcomeUnknownError') setProblem(UNKNOWN);
      else if (result.__typename === 'IdempotencyConflictError') setProblem(CONFLICT);
      else setProblem(refusalOf(result));
    } catch {
      setProblem(UNHEARD);
    } finally {
      setIsBuying(false);
    }
  };

  return {
    isBuying,
    problem,
    earlierTask,
    buy: (order) => buyWith(purchase, order),
    async buyAnother(order) {
      const another = purchaseOf(analysisId);
      setPurchase(another);
      await buyWith(another, order);
    },
  };
}

function purchaseOf(analysisId: string): Purchase {
  return buyOnce({
    requests: requestsByUrql(client),
    storage: localStorage,
    slot: `recast.purchase.${analysisId}`,
  });
}

/** Whether it will be known by asking again what became of an order. */
function isOpen(kind: PurchaseProblem['kind'] | null): boolean {
  return kind === 'unknown' || kind === 'conflict';
}
