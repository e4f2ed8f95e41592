import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A process looked into through Node's own inspector (`--inspect`), without a word of the program's. */
export interface Inspector {
  /** A method of https://chromedevtools.github.io/devtools-protocol/v8/; rejects with its error. */
  call(method: string, params?: object): Promise<Record<string, unknown>>;
  /** What an expression comes to in the process, as JSON carries it. */
  evaluate(expression: string): Promise<unknown>;
  close(): void;
}

interface Reply {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Connects to the URL that a process prints when it is started with `--inspect`. */
export async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  socket.on('message', (data: Buffer) => {
    const reply: Reply = JSON.parse(data.toString());
    if (reply.id === undefined) return;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  socket.on('close', () => {
    for (const settle of waiting.values()) settle({ error: { message: 'It is gone.' } });
  });
  const call: Inspector['call'] = async (method, params = {}) => {
    last += 1;
    const id = last;
    const replied = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await replied;
    if (result === undefined) throw new Error(`${method}: ${error?.message ?? 'no result'}`);
    return result;
  };
  return {
    call,
    async evaluate(expression) {
      const { result } = await call('Runtime.evaluate', { expression, returnByValue: true });
      return Reflect.get(Object(result), 'value');
    },
    close: () => socket.terminate(),
  };
}
