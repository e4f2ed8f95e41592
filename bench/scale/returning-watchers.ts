import { clientFrame, openRawSocket, type RawSocket } from '../harness/raw-socket.ts';
import { WATCH } from '../harness/crowd.ts';
import { CALLER_KEY } from '../harness/servers.ts';

/** Watchers that come back whenever they lose their connection, as GraphQL clients do. */
export interface ReturningWatchers {
  /** Subscriptions that have been told something since they were last lost. */
  served(): number;
  /** Subscriptions that were told the end of their job, and those that were told it more than once. */
  ended(): { readonly once: number; readonly twice: number };
  /** Why connections could not be made or were lost, and what operations were refused with; how often each. */
  reasons(): Readonly<Record<string, number>>;
  forgetReasons(): void;
  close(): void;
}

interface Operation {
  readonly task: string;
  isServed: boolean;
  ends: number;
}

/** Between a loss and the next try. */
const LEAST_MS = 300;
const SPREAD_MS = 1_000;
/** Between the first tries of two sockets. */
const OPEN_EACH_MS = 1;

const INIT = clientFrame(
  JSON.stringify({ type: 'connection_init', payload: { 'x-api-key': CALLER_KEY } }),
);

/** One socket for each list of tasks, one subscription for each task in it. */
export function startWatchers(port: number, tasks: readonly string[][]): ReturningWatchers {
  const sockets = new Set<RawSocket>();
  const all: Operation[][] = tasks.map((list) =>
    list.map((task) => ({ task, isServed: false, ends: 0 })),
  );
  const reasons = new Map<string, number>();
  let isClosing = false;
  const count = (reason: string): void => {
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  };

  const subscribe = (socket: RawSocket, operations: readonly Operation[]): void => {
    for (const [id, { task, ends }] of operations.entries()) {
      if (ends > 0) continue;
      const payload = { query: WATCH, variables: { id: task } };
      const message = { id: String(id), type: 'subscribe', payload };
      socket.send(clientFrame(JSON.stringify(message)));
    }
  };
  const take = (socket: RawSocket, operations: readonly Operation[], text: string): void => {
    const { type, id } = JSON.parse(text) as { type: string; id?: string };
    const operation = operations[Number(id)];
    if (type === 'connection_ack') subscribe(socket, operations);
    else if (type === 'next' && operation !== undefined) {
      operation.isServed = true;
      if (text.includes('"COMPLETED"')) operation.ends += 1;
    } else if (type === 'error') count(text.slice(0, 200));
  };
  const connect = (operations: readonly Operation[]): void => {
    if (isClosing) return;
    const socket = openRawSocket(port, {
      opened: () => socket.send(INIT),
      message: (payload) => take(socket, operations, payload.toString()),
      closed(reason) {
        sockets.delete(socket);
        if (isClosing) return;
        count(`closed: ${reason}`);
        for (const operation of operations) operation.isServed = false;
        setTimeout(() => connect(operations), LEAST_MS + SPREAD_MS * Math.random());
      },
    });
    sockets.add(socket);
  };
  for (const [index, operations] of all.entries()) {
    setTimeout(() => connect(operations), index * OPEN_EACH_MS);
  }
  const operations = all.flat();
  return {
    served: () => operations.filter(({ isServed }) => isServed).length,
    ended: () => ({
      once: operations.filter(({ ends }) => ends === 1).length,
      twice: operations.filter(({ ends }) => ends > 1).length,
    }),
    reasons: () => Object.fromEntries(reasons),
    forgetReasons: () => reasons.clear(),
    close() {
      isClosing = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}
