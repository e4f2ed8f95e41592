import { connect, type Socket } from 'node:net';
import { createAwaited, forEachIndex } from './arrivals.ts';
import { CONNECTS_AT_ONCE, createFaults, PATIENCE_MS, WATCH, type Crowd } from './crowd.ts';
import { CALLER_KEY } from './servers.ts';

const END_OF_EVENT = '\n\n';

/** The bytes of a request for the event stream of a task. */
function requestFor(id: string): string {
  const body = JSON.stringify({ query: WATCH, variables: { id } });
  return [
    'POST /graphql HTTP/1.1',
    'Host: 127.0.0.1',
    'Accept: text/event-stream',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `X-API-Key: ${CALLER_KEY}`,
    '',
    body,
  ].join('\r\n');
}

/** Opens so many connections; each becomes one event stream when it watches. */
export async function openEventStreamCrowd(port: number, count: number): Promise<Crowd> {
  const awaited = createAwaited(count);
  const faults = createFaults();
  const sockets: Socket[] = [];
  let isClosing = false;
  let open = 0;

  const listen = (socket: Socket, index: number): void => {
    let isStarted = false;
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (data) => {
      if (!isStarted && !data.includes(' 200 ')) faults.add(data.toString().slice(0, 300));
      isStarted = true;
      const all = rest.length === 0 ? data : Buffer.concat([rest, data]);
      if (awaited.needle !== null && all.includes(awaited.needle)) awaited.told(index);
      // An event may come in two pieces: what is not ended yet is looked at again.
      const end = all.lastIndexOf(END_OF_EVENT);
      rest = end === -1 ? all : Buffer.from(all.subarray(end + END_OF_EVENT.length));
    });
    socket.on('close', () => {
      open -= 1;
      if (!isClosing) faults.add('An event stream closed.');
    });
  };
  await forEachIndex(
    count,
    CONNECTS_AT_ONCE,
    (index) =>
      new Promise((resolve) => {
        const socket = connect({ port, host: '127.0.0.1', noDelay: true }, resolve);
        socket.on('error', (error) => {
          faults.add(error.message);
          resolve();
        });
        open += 1;
        sockets[index] = socket;
        listen(socket, index);
      }),
  );

  const wait: Crowd['wait'] = async (needle, patienceMs = PATIENCE_MS) => {
    const arrivals = await awaited.wait(needle, patienceMs);
    faults.add(`Not told: ${needle}`, arrivals.missing);
    return arrivals;
  };
  return {
    async watch(taskOf) {
      const told = wait('"headSwapTaskStatusChanged":{');
      for (const [index, socket] of sockets.entries()) {
        socket.write(requestFor(taskOf(index)));
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
