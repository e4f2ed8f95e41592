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

/** Opens so many sockets and waits until each is acknowledged. `onMessage` sees every message of a watched task. */
export async function openWebSocketCrowd(
  port: number,
  count: number,
  onMessage: (index: number, payload: Buffer) => void = () => {},
): Promise<Crowd> {
  const awaited = createAwaited(count);
  const faults = createFaults();
  const sockets: RawSocket[] = [];
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
  return {
    async watch(taskOf) {
      const told = wait('"headSwapTaskStatusChanged":{');
      for (const [index, socket] of sockets.entries()) {
        const payload = { query: WATCH, variables: { id: taskOf(index) } };
        socket.send(clientFrame(JSON.stringify({ id: randomUUID(), type: 'subscribe', payload })));
        if (index % CONNECTS_AT_ONCE === 0) await new Promise(setImmediate);
      }
      await told;
    },
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
