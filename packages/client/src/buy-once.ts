import type {
  CreateHeadSwapTaskInput,
  CreateHeadSwapTaskMutation,
  RecoverCreateQuery,
} from './generated/operations.ts';

/** What became of a create. */
export type BuyResult = NonNullable<CreateHeadSwapTaskMutation['createHeadSwapTask']>;

/** What became of an earlier create; null: nothing was bought. */
export type RecoverResult = RecoverCreateQuery['createHeadSwapTaskResult'];

/** What to buy; the key is not the caller's to make. */
export type Order = Omit<CreateHeadSwapTaskInput, 'idempotencyKey'>;

/** The two operations of a purchase. Both reject when there is no answer, or none but a top-level error. */
export interface PurchaseRequests {
  create(input: CreateHeadSwapTaskInput): Promise<BuyResult>;
  /** Asks the gateway itself, never a cache. */
  recover(idempotencyKey: string): Promise<RecoverResult>;
}

/** Where a key is kept: localStorage, sessionStorage, AsyncStorage of React Native, or the like. */
export interface KeyStorage {
  getItem(slot: string): string | null | Promise<string | null>;
  setItem(slot: string, key: string): unknown;
  removeItem(slot: string): unknown;
}

/** How to buy. */
export interface BuyOnceOptions {
  readonly requests: PurchaseRequests;
  readonly storage: KeyStorage;
  /** The key's place in the storage: one for each purchase that may be under way at once. */
  readonly slot?: string;
  /** Makes a key. A UUID unless given; where there is no crypto.randomUUID, as in React Native, it must be. */
  readonly newKey?: () => string;
}

/** One purchase, which can be pressed any number of times. */
export interface Purchase {
  /**
   * Buys, with a key that is stored before anything is sent and kept until there is a task: after a failure, an unknown outcome or a
   * reload the next press is the same purchase. What is pressed while one is under way gets its result, and once there is a task,
   * every press gets that. Rejects when the key cannot be stored, with nothing sent, or when it cannot be known what
   * happened: press again. After IdempotencyConflictError `recover` tells what the key had bought.
   */
  buy(order: Order): Promise<BuyResult>;
  /** After a reload: what became of the purchase that was under way. Sends nothing to AKOOL. Null: there was none, or it bought nothing. */
  recover(): Promise<RecoverResult>;
}

const SLOT = 'head-swap.idempotency-key';

/** A purchase that is made once at most. Make another for the next one. */
export function buyOnce(options: BuyOnceOptions): Purchase {
  const { requests, storage, slot = SLOT, newKey = () => crypto.randomUUID() } = options;
  let task: Extract<BuyResult, { __typename: 'HeadSwapTask' }> | null = null;
  let buying: Promise<BuyResult> | null = null;

  const keyOfThisPurchase = async (): Promise<string> => {
    const stored = await storage.getItem(slot);
    if (stored !== null) return stored;
    await storage.setItem(slot, newKey());
    // Read again: another tab may have stored its key meanwhile, and some storages keep nothing and do not say so.
    const key = await storage.getItem(slot);
    if (key === null) throw new Error('The storage does not keep the key of the purchase.');
    return key;
  };

  /** The task is what the key was for; after anything else the next try is the same purchase. */
  const conclude = async (key: string, result: RecoverResult): Promise<void> => {
    if (result?.__typename !== 'HeadSwapTask') return;
    task = result;
    try {
      if ((await storage.getItem(slot)) === key) await storage.removeItem(slot);
    } catch {
      // The task is bought and told. A key that stays brings this task again; it cannot buy another.
    }
  };

  const send = async (order: Order): Promise<BuyResult> => {
    const idempotencyKey = await keyOfThisPurchase();
    const result = await requests.create({ ...order, idempotencyKey });
    await conclude(idempotencyKey, result);
    return result;
  };

  return {
    async buy(order) {
      if (task !== null) return task;
      buying ??= send(order).finally(() => {
        buying = null;
      });
      return buying;
    },
    async recover() {
      if (task !== null) return task;
      const key = await storage.getItem(slot);
      if (key === null) return null;
      const result = await requests.recover(key);
      await conclude(key, result);
      return result;
    },
  };
}
