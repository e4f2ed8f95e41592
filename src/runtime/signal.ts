/** Something that happens now and then, and that whoever subscribed is told of at once. */
export interface Signal<Value> {
  /** `hear` must not throw. The returned function ends it; calling it again does nothing. */
  subscribe(hear: (value: Value) => void): () => void;
}

/** A signal with the end that sends it. */
export interface Emitter<Value> extends Signal<Value> {
  /** Tells the subscribers, in the order in which they subscribed. */
  emit(value: Value): void;
}

/** A signal that nobody has subscribed to yet. */
export function createSignal<Value>(): Emitter<Value> {
  const subscribers = new Set<{ readonly hear: (value: Value) => void }>();
  return {
    subscribe(hear) {
      // An entry of its own, so that one function can subscribe twice.
      const entry = { hear };
      subscribers.add(entry);
      return () => void subscribers.delete(entry);
    },
    emit(value) {
      for (const { hear } of subscribers) hear(value);
    },
  };
}

/** A value that is known later. */
export interface Later<Value> {
  /** What it is by now. */
  readonly get: () => Value;
  readonly set: (value: Value) => void;
}

/** A value, and what it is until it is known. */
export function later<Value>(until: Value): Later<Value> {
  let value = until;
  return {
    get: () => value,
    set(known) {
      value = known;
    },
  };
}

/** A promise with its two ends. Only the first call of either end counts. */
export interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

/** A promise to be settled from outside; nobody has to listen to its rejection. */
export function defer<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<Value>((ok, fail) => {
    resolve = ok;
    reject = fail;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
