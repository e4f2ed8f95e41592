import { spawn } from 'node:child_process';
import type { Answers, Command, Reply, Request } from '../stand-in/protocol.ts';
import type { Pinning } from './pinning.ts';

/** The stand-in for AKOOL, in its own process. */
export interface StandIn {
  readonly url: string;
  tell<Kind extends Command['kind']>(
    command: Extract<Command, { kind: Kind }>,
  ): Promise<Answers[Kind]>;
  stop(): void;
}

export async function startStandIn(program: string, pinning: Pinning): Promise<StandIn> {
  const { before } = pinning.load;
  const child = spawn(pinning.load.program, [...before, program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, (answer: never) => void>();
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('The stand-in ended.')));
    child.once('message', (message: { port: number }) => resolve(message.port));
  });
  child.on('message', ({ number, answer }: Reply) => {
    waiting.get(number)?.(answer as never);
    waiting.delete(number);
  });
  let numbers = 0;
  return {
    url: `http://127.0.0.1:${port}`,
    tell(command) {
      numbers += 1;
      const request: Request = { number: numbers, command };
      return new Promise((resolve) => {
        waiting.set(request.number, resolve);
        child.send(request);
      });
    },
    stop() {
      child.disconnect();
    },
  };
}
