import { randomUUID } from 'node:crypto';
import { createAwaited, forEachIndex } from './arrivals.ts';
import { CONNECTS_AT_ONCE, createFaults, PATIENCE_MS, WATCH, type Crowd } from './crowd.ts';
import { clientFrame, openRawSocket, type RawSocket } from './raw-socket.ts';
import { CALLER_KEY } from './servers.ts';

const INIT = clientFrame(
  JSON.stringify({ type: 'connection_init', payload: { 'x-api-key': CALLER_KEY } }),
);
const NEXT = Buffer.from('"type":"next"');
const COMPLETE = Buffer.from('"type":"complete"');
const ACK = Buffer.from('"connection_ack"');

/** Sockets outlive what is watched through them. */
export interface WebSocketCrowd extends Crowd {
  /** Ends every subscription; what is on its way may still come. */
  unwatch(): Promise<void>;
}

/** Opens so many sockets and waits until each is acknowledged. `onMessage` sees every message of a watched task. */
export async function openWebSocketCrowd(
  port: number,
  count: number,
  onMessage: (index: number, payload: Buffer) => void = () => {},
): Promise<WebSocketCrowd> {
  const awaited = createAwaited(count);
  const faults = createFaults();
  const sockets: RawSocket[] = [];
  const subscriptions: string[] = [];
  let isClosing = false;
  let open = 0;

  const take = (index: number, payload: Buffer): void => {
    if (!payload.includes(NEXT)) {
      if (payload.includes(COMPLETE)) return;
      faults.add(payload.toString().slice(0, 300));
      return;
    }
    onMessage(index, payload);
    if (awaited.needle !== null && payload.includes(awaited.needle)) awaited.told(index);
  };
  const openOne = (index: number): Promise<void> =>
    new Promise((resolve) => {
      let isAcknowledged = false;
      const socket = openRawSocket(port, {
        opened: () => socket.send(INIT),
        message(payload) {
          if (isAcknowledged) return take(index, payload);
          isAcknowledged = payload.includes(ACK);
          if (!isAcknowledged) faults.add(payload.toString().slice(0, 300));
          return resolve();
        },
        closed(reason) {
          open -= 1;
          if (!isClosing) faults.add(`A socket closed: ${reason}`);
          resolve();
        },
      });
      open += 1;
      sockets[index] = socket;
    });
  await forEachIndex(count, CONNECTS_AT_ONCE, openOne);

  const wait: Crowd['wait'] = async (needle, patienceMs = PATIENCE_MS) => {
    const arrivals = await awaited.wait(needle, patienceMs);
    faults.add(`Not told: ${needle}`, arrivals.missing);
    return arrivals;
  };
  const tellEach = async (messageOf: (index: number) => object): Promise<void> => {
    for (const [index, socket] of sockets.entries()) {
      socket.send(clientFrame(JSON.stringify(messageOf(index))));
      if (index % CONNECTS_AT_ONCE === 0) await new Promise(setImmediate);
    }
  };
  return {
    async watch(taskOf) {
      const told = wait('"headSwapTaskStatusChanged":{');
      await tellEach((index) => {
        const payload = { query: WATCH, variables: { id: taskOf(index) } };
        const id = randomUUID();
        subscriptions[index] = id;
        return { id, type: 'subscribe', payload };
      });
      await told;
    },
    unwatch: () => tellEach((index) => ({ id: subscriptions[index], type: 'complete' })),
    wait,
    wrong: faults.count,
    firstWrong: faults.first,
    async close() {
      isClosing = true;
      for (const socket of sockets) socket.destroy();
      while (open > 0) await new Promise(setImmediate);
    },
  };
}
