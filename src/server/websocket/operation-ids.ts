import type { SubscribePayload } from 'graphql-ws';

/** As graphql-ws knows a socket's first operation; nearly all have no other. */
export const FIRST_INNER_ID = 'o1';

/** One operation of a socket, from the client's `subscribe` to the last message for it. */
export interface RunningOperation {
  /** As graphql-ws knows it. */
  readonly inner: string;
  /** As the client knows it. */
  readonly client: string;
  /** What the client asks for; null: it is under way. */
  payload: SubscribePayload | null;
  /** It counts as one of its team's. */
  counted: boolean;
}

/**
 * Gives every operation of a socket an id that was never used before, and knows the client's for
 * it. graphql-ws looks at ids alone. When a client uses an id again before its first operation has
 * wholly ended, graphql-ws would take that operation's end, or its late answer, for the second's;
 * and nobody could end the first any more. These ids are no numbers: graphql-ws names an object's
 * properties by them, and numbered ones take more memory.
 */
export class OperationIds {
  #running: readonly RunningOperation[] = [];
  #last = 0;

  /** Null: an operation of this id is running. */
  begin(client: string, payload: SubscribePayload): RunningOperation | null {
    if (this.#running.some((one) => one.client === client)) return null;
    this.#last += 1;
    const operation = { inner: `o${this.#last}`, client, payload, counted: false };
    // An array that grows has room for 16 more.
    this.#running = this.#running.concat(operation);
    return operation;
  }

  ofClient(client: string): RunningOperation | null {
    return this.#running.find((one) => one.client === client) ?? null;
  }

  /** Null: the client has completed it. */
  ofServer(inner: string): RunningOperation | null {
    return this.#running.find((one) => one.inner === inner) ?? null;
  }

  /** Nothing is said of it from now on, and its id is free. */
  end(operation: RunningOperation): void {
    this.#running = this.#running.filter((one) => one !== operation);
  }

  /** Those that count. */
  get counted(): number {
    return this.#running.reduce((sum, { counted }) => sum + Number(counted), 0);
  }
}
