import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** How a watcher is told of events. */
export const TRANSPORTS = ['WebSocket', 'SSE', 'multipart'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** A state as watchers are told it. */
export interface State {
  readonly id: string;
  readonly status: string;
  readonly version: number;
}

/** Hears one subscription to its end. */
export interface Hearing {
  /** Every state so far, in the order they came. */
  readonly states: readonly State[];
  /** Resolves to whether it was completed; false: it broke off. */
  readonly ended: Promise<boolean>;
  /** Cuts the connection without a word. */
  vanish(): void;
}

/** What is asked, and where the state is in what comes. */
export interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Undefined: it was an error. */
  readonly stateIn: (data: unknown) => State | undefined;
}

/** Begins to hear. */
export function hear(url: string, transport: Transport, question: Question): Hearing {
  return transport === 'WebSocket'
    ? overWebSocket(url, question)
    : overHttp(url, transport, question);
}

function overWebSocket(url: string, { query, variables, stateIn }: Question): Hearing {
  const states: State[] = [];
  let socket: WebSocket | null = null;
  class Cut extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol);
      // oxlint-disable-next-line typescript/no-this-alias, unicorn/no-this-assignment -- the client tells nobody its socket
      socket = this;
    }
  }
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: Cut,
    retryAttempts: 0,
  });
  const ended = new Promise<boolean>((resolve) => {
    const end = (isWhole: boolean): void => {
      resolve(isWhole);
      void client.dispose();
    };
    client.subscribe(
      { query, variables },
      {
        next: ({ data }) => void states.push(...listed(stateIn(data))),
        error: () => end(false),
        complete: () => end(true),
      },
    );
  });
  return { states, ended, vanish: () => socket?.terminate() };
}

const HTTP = {
  SSE: {
    accept: 'text/event-stream',
    between: '\n\n',
    payload: /^event: next\n(?:id: .*\n)?data: (.*)$/m,
    isEnd: (part: string) => part.includes('event: complete'),
  },
  multipart: {
    accept: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    between: '\r\n--graphql',
    payload: /\{"payload":(.*)\}$/m,
    isEnd: (part: string) => part.startsWith('--'),
  },
} as const;

function overHttp(
  url: string,
  transport: 'SSE' | 'multipart',
  { query, variables, stateIn }: Question,
): Hearing {
  const { accept, between, payload, isEnd } = HTTP[transport];
  const states: State[] = [];
  const cut = new AbortController();
  const read = async (): Promise<boolean> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query, variables }),
      signal: cut.signal,
    });
    let rest = '';
    let isOver = false;
    const take = (part: string): void => {
      const [, json] = payload.exec(part) ?? [];
      if (json !== undefined) states.push(...listed(stateIn(JSON.parse(json).data)));
      if (isEnd(part)) isOver = true;
    };
    for await (const chunk of response.body ?? []) {
      const parts = `${rest}${Buffer.from(chunk).toString()}`.split(between);
      rest = parts.pop() ?? '';
      parts.forEach(take);
    }
    take(rest);
    return isOver;
  };
  const ended = read().catch(() => false);
  return { states, ended, vanish: () => cut.abort() };
}

function listed(state: State | undefined): readonly State[] {
  return state === undefined ? [] : [state];
}
