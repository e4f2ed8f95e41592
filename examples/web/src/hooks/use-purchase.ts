import { useEffect, useMemo, useState } from 'react';
import { buyOnce, type BuyResult, type Order } from 'head-swap-client/buy-once';
import { requestsByUrql } from 'head-swap-client/urql';
import { client } from '../client/gateway.ts';

/** Why there is no task yet, in words for people. */
export interface PurchaseProblem {
  readonly title: string;
  readonly lines: readonly string[];
  /** Whether pressing again is the same purchase and worth it. */
  readonly isUncertain: boolean;
}

export interface PurchaseState {
  readonly isBuying: boolean;
  readonly problem: PurchaseProblem | null;
  buy(order: Order): Promise<void>;
}

/** Buys once for an analysis. The key outlives a reload, after which the page goes on to what was bought. */
export function usePurchase(analysisId: string, onTask: (id: string) => void): PurchaseState {
  const [isBuying, setIsBuying] = useState(false);
  const [problem, setProblem] = useState<PurchaseProblem | null>(null);
  const purchase = useMemo(
    () =>
      buyOnce({
        requests: requestsByUrql(client),
        storage: localStorage,
        slot: `recast.purchase.${analysisId}`,
      }),
    [analysisId],
  );

  useEffect(() => {
    let isLeft = false;
    purchase
      .recover()
      .then((result) => {
        if (isLeft || result === null) return;
        if (result.__typename === 'HeadSwapTask') onTask(result.id);
        else setProblem(problemOf(result));
      })
      // The next press asks again, with the same key.
      .catch(() => undefined);
    return () => {
      isLeft = true;
    };
    // oxlint-disable-next-line react/exhaustive-deps -- where to go does not change what is asked
  }, [purchase]);

  const buy = async (order: Order): Promise<void> => {
    setIsBuying(true);
    setProblem(null);
    try {
      const result = await purchase.buy(order);
      if (result.__typename === 'HeadSwapTask') onTask(result.id);
      else setProblem(problemOf(result));
    } catch {
      setProblem({
        title: 'We did not hear back',
        lines: [
          'The connection was lost before the answer came.',
          'Press again: it is the same purchase, and you cannot be charged twice.',
        ],
        isUncertain: true,
      });
    } finally {
      setIsBuying(false);
    }
  };

  return { isBuying, problem, buy };
}

type NoTask = Exclude<BuyResult, { __typename: 'HeadSwapTask' }>;

function problemOf(result: NoTask | { readonly __typename: string; readonly message: string }) {
  const lines =
    'issues' in result && result.issues.length > 0
      ? result.issues.map(({ message }) => message)
      : [result.message];
  const isUncertain = result.__typename === 'OutcomeUnknownError';
  if (isUncertain) lines.push('Press again to ask what became of it. Nothing is bought twice.');
  return { title: TITLES[result.__typename] ?? 'It was not created', lines, isUncertain };
}

const TITLES: Readonly<Record<string, string>> = {
  AkoolRejectedError: 'This was rejected',
  AkoolUnavailableError: 'The service is busy',
  AnalysisNotReadyError: 'The video is not ready yet',
  BillingError: 'Not enough credits',
  IdempotencyConflictError: 'You changed your mind halfway',
  InvalidInputError: 'Please check your choices',
  NotFoundError: 'This video is gone',
  OutcomeUnknownError: 'We do not know yet whether this went through',
};
