import {
  ApolloLink,
  InMemoryCache,
  Observable,
  type ApolloClient,
  type InMemoryCacheConfig,
  type Reference,
} from '@apollo/client';
import type { PurchaseRequests } from './buy-once.ts';
import { CreateHeadSwapTaskDocument, RecoverCreateDocument } from './generated/documents.ts';
import { possibleTypes } from './generated/possible-types.ts';
import { isVersionedJob } from './versioned.ts';

type StoredFields = ReadonlyMap<string, unknown>;

/** How often a query is asked again because its answer was overtaken, before it is taken as it is. */
const MOST_REPEATS = 2;

/**
 * Apollo Client's cache for this gateway. Of a job that comes with a lower `version` than the one held, nothing is overwritten: an
 * answer that was overtaken never undoes what is newer. Fields that were not held yet are taken from it, so use `askAgainLink`,
 * too. It also knows which types `Error` and `Job` stand for; without that Apollo drops what `... on Error { message }` asked for.
 *
 * Ask for `id` and `version` of every job, not aliased; what tells no version is written as ever.
 */
export class KeepNewerCache extends InMemoryCache {
  /** Takes what InMemoryCache takes; further `possibleTypes` are added to the gateway's own. */
  constructor(config: InMemoryCacheConfig = {}) {
    const { Query, ...others } = config.typePolicies ?? {};
    // Its failures have no id that would tell Apollo how to put one in another's place.
    const fields = { createHeadSwapTaskResult: { merge: false }, ...Query?.fields };
    super({
      ...config,
      possibleTypes: { ...possibleTypes, ...config.possibleTypes },
      typePolicies: { ...others, Query: { ...Query, fields } },
    });
  }

  override write(options: Parameters<InMemoryCache['write']>[0]): Reference | undefined {
    const newer = this.#heldNewerThan(options.result);
    if (newer.size === 0) return super.write(options);
    const written = super.write({ ...options, broadcast: false });
    for (const [id, fields] of newer) this.#restore(id, fields);
    if (options.broadcast !== false) this.broadcastWatches();
    return written;
  }

  /** Whether a job of this answer is held in a newer version. */
  isOvertaken(answer: unknown): boolean {
    return this.#heldNewerThan(answer).size > 0;
  }

  /** The fields of each job that is held in a newer version than the answer has. */
  #heldNewerThan(answer: unknown): Map<string, StoredFields> {
    const versions = new Map<string, number>();
    this.#collectVersions(answer, versions);
    const newer = new Map<string, StoredFields>();
    for (const [id, version] of versions) {
      const fields = this.#fieldsOf(id);
      const held = fields.get('version');
      if (typeof held === 'number' && held > version) newer.set(id, fields);
    }
    return newer;
  }

  #collectVersions(value: unknown, versions: Map<string, number>): void {
    if (typeof value !== 'object' || value === null) return;
    if (isVersionedJob(value)) {
      const id = this.identify({ ...value });
      if (id !== undefined) versions.set(id, Math.max(versions.get(id) ?? 0, value.version));
    }
    for (const part of Object.values(value)) this.#collectVersions(part, versions);
  }

  #fieldsOf(id: string): StoredFields {
    const fields = new Map<string, unknown>();
    this.modify({
      id,
      broadcast: false,
      fields: (value: unknown, { storeFieldName }) => {
        fields.set(storeFieldName, value);
        return value;
      },
    });
    return fields;
  }

  #restore(id: string, fields: StoredFields): void {
    this.modify({
      id,
      broadcast: false,
      fields: (value: unknown, { storeFieldName }) =>
        fields.has(storeFieldName) ? fields.get(storeFieldName) : value,
    });
  }
}

/**
 * Asks a query again, twice at most, when a job in its answer is held in a newer version by the KeepNewerCache: what the cache
 * does not hold of that job would else be shown as it was before. Put it in front of the link that sends queries.
 */
export const askAgainLink: ApolloLink = new ApolloLink((operation, forward) => {
  const { cache } = operation.client;
  if (!(cache instanceof KeepNewerCache) || operation.operationType !== 'query') {
    return forward(operation);
  }
  return new Observable((observer) => {
    let closed = false;
    let leave = (): void => undefined;
    const ask = (repeats: number): void => {
      let again = false;
      const asking = forward(operation).subscribe({
        next(result) {
          again = repeats < MOST_REPEATS && cache.isOvertaken(result.data);
          if (!again) observer.next(result);
        },
        error: (error: unknown) => observer.error(error),
        complete: () => {
          if (!again) observer.complete();
          else if (!closed) ask(repeats + 1);
        },
      });
      if (!asking.closed) leave = () => asking.unsubscribe();
    };
    ask(0);
    return () => {
      closed = true;
      leave();
    };
  });
});

/**
 * What buyOnce asks, through Apollo Client. Its cache must know the possible types, as KeepNewerCache does: else failures come without
 * their message.
 */
export function requestsByApollo(client: ApolloClient): PurchaseRequests {
  return {
    async create(input) {
      const { data, error } = await client.mutate({
        mutation: CreateHeadSwapTaskDocument,
        variables: { input },
        errorPolicy: 'all',
      });
      const result = data?.createHeadSwapTask;
      if (result == null) throw error ?? new Error('There was no answer.');
      return result;
    },
    async recover(idempotencyKey) {
      const { data, error } = await client.query({
        query: RecoverCreateDocument,
        variables: { idempotencyKey },
        // A cache would go on answering what was true once.
        fetchPolicy: 'network-only',
      });
      if (data === undefined) throw error ?? new Error('There was no answer.');
      return data.createHeadSwapTaskResult;
    },
  };
}
