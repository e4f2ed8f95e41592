import { isDeepStrictEqual } from 'node:util';
import { Client } from 'undici';
import { CALLER_KEY } from './servers.ts';

/** A request of a load, and the `data` that is the right answer to it. */
export interface LoadRequest {
  readonly path: string;
  readonly body: string;
  /** Null: whether the answer is right is for `isRight` to say. */
  readonly expected: unknown;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Of each request, in ms. */
  readonly latencies: readonly number[];
  readonly wrong: number;
  /** The first wrong answer, for the report. */
  readonly firstWrong: string | null;
}

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  /** The load ends after so many requests, or after so long, whichever comes first. */
  readonly requests?: number;
  readonly seconds?: number;
  /** The nth request of the load. */
  readonly request: (n: number) => LoadRequest;
}

const HEADERS = { 'content-type': 'application/json', 'x-api-key': CALLER_KEY };

/** Each connection sends its next request when it has the answer to the last. Every answer is looked at. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { port, connections, requests = Infinity, seconds = Infinity } = options;
  const check = createCheck();
  const latencies: number[] = [];
  let sent = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const worker = async (): Promise<void> => {
    const client = new Client(`http://127.0.0.1:${port}`, { pipelining: 1 });
    while (sent < requests && performance.now() < endsAt) {
      const request = options.request(sent);
      sent += 1;
      const began = performance.now();
      const { status, body } = await send(client, request);
      latencies.push(performance.now() - began);
      check.look(request, status, body);
    }
    await client.close();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return {
    requests: sent,
    seconds: (performance.now() - startedAt) / 1000,
    latencies,
    wrong: check.wrong(),
    firstWrong: check.firstWrong(),
  };
}

/** One request on a connection; status 0 when it broke. */
function send(client: Client, request: LoadRequest): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let status = 0;
    client.dispatch(
      { method: 'POST', path: request.path, headers: HEADERS, body: request.body },
      {
        onRequestStart() {},
        onResponseStart(_controller, statusCode) {
          status = statusCode;
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          const [only] = chunks;
          const body = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
          resolve({ status, body });
        },
        onResponseError(_controller, error) {
          resolve({ status: 0, body: Buffer.from(error.message) });
        },
      },
    );
  });
}

/** Bodies known to be right; bounded, since each event makes new ones. */
const KNOWN_BODIES = 1_000;

/** Looks at answers. Bytes that were found right before, for the same question, need no second parse. */
function createCheck(): {
  look(request: LoadRequest, status: number, body: Buffer): void;
  wrong(): number;
  firstWrong(): string | null;
} {
  const right = new Map<string, Buffer>();
  let wrong = 0;
  let firstWrong: string | null = null;
  return {
    look(request, status, body) {
      if (status === 200 && right.get(request.body)?.equals(body) === true) return;
      if (status === 200 && isDeepStrictEqual(dataOf(body), request.expected)) {
        if (right.size >= KNOWN_BODIES) right.clear();
        right.set(request.body, Buffer.from(body));
        return;
      }
      wrong += 1;
      firstWrong ??= `${status} ${body.toString().slice(0, 300)}`;
    },
    wrong: () => wrong,
    firstWrong: () => firstWrong,
  };
}

function dataOf(body: Buffer): unknown {
  try {
    const { data, errors } = JSON.parse(body.toString()) as { data?: unknown; errors?: unknown };
    return errors === undefined ? data : { errors };
  } catch {
    return undefined;
  }
}
