import {
  makeOperation,
  mapExchange,
  type Client,
  type Exchange,
  type Operation,
  type OperationResult,
} from '@urql/core';
import type { PurchaseRequests } from './buy-once.ts';
import { CreateHeadSwapTaskDocument, RecoverCreateDocument } from './generated/documents.ts';
import { createHeldJobs } from './held-jobs.ts';

/** How often a query is asked again because its answer was overtaken, before it is taken as it is. */
const MOST_REPEATS = 2;

/**
 * Keeps graphcache from undoing what is newer: of a job that comes with a lower `version` than was seen before, nothing that the cache
 * holds is overwritten. What it does not hold yet is taken from that answer, and a query is then asked again, twice at most, its result
 * being `stale` meanwhile. Put it behind graphcache's exchange: `[cacheExchange({ keys, schema }), keepNewerExchange(), fetchExchange]`.
 *
 * Ask for `id` and `version` of every job, not aliased; what tells no version is written as ever.
 */
export function keepNewerExchange(): Exchange {
  return (input) => {
    const held = createHeldJobs();
    const repeats = new Map<number, number>();

    const isToBeRepeated = ({ key, kind }: Operation, isOvertaken: boolean): boolean => {
      const before = repeats.get(key) ?? 0;
      if (kind !== 'query' || !isOvertaken || before >= MOST_REPEATS) {
        repeats.delete(key);
        return false;
      }
      repeats.set(key, before + 1);
      return true;
    };

    const onResult = (result: OperationResult): OperationResult => {
      const { operation, data } = result;
      if (data == null) return result;
      const kept = held.keep(operation.query, data);
      const isRepeated = isToBeRepeated(operation, kept.isOvertaken);
      if (isRepeated) {
        const context = { ...operation.context, requestPolicy: 'network-only' as const };
        input.client.reexecuteOperation(makeOperation(operation.kind, operation, context));
      }
      return { ...result, data: kept.data, stale: result.stale || isRepeated };
    };

    return mapExchange({ onResult })(input);
  };
}

/** What buyOnce asks, through urql. */
export function requestsByUrql(client: Client): PurchaseRequests {
  return {
    async create(input) {
      const { data, error } = await client
        .mutation(CreateHeadSwapTaskDocument, { input })
        .toPromise();
      const result = data?.createHeadSwapTask;
      if (result == null) throw error ?? new Error('There was no answer.');
      return result;
    },
    async recover(idempotencyKey) {
      const { data, error } = await client
        .query(
          RecoverCreateDocument,
          { idempotencyKey },
          // A cache would go on answering what was true once.
          { requestPolicy: 'network-only' },
        )
        .toPromise();
      if (error !== undefined || data === undefined)
        throw error ?? new Error('There was no answer.');
      return data.createHeadSwapTaskResult;
    },
  };
}
