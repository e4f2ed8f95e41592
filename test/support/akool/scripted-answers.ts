import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A request as it arrived. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query, byte for byte as sent, without the prefix. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

/** What an answer may use: the parsed side of the connection and the raw one. */
export interface Exchange {
  readonly request: RecordedRequest;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** Answers one request that was read whole, well or badly. */
export type ScriptedAnswer = (exchange: Exchange) => void;

/** Headers beside content-type and content-length. */
type Headers = Readonly<Record<string, string>>;

/** Any body, as JSON unless `headers` says otherwise. */
export function answer(
  body: string | Uint8Array,
  status = 200,
  headers: Headers = {},
): ScriptedAnswer {
  return ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
}

/** Any JSON value. */
export function json(value: unknown, status = 200, headers: Headers = {}): ScriptedAnswer {
  return answer(JSON.stringify(value), status, headers);
}

/** An envelope without data, as refusals are. */
export function code(
  value: number,
  msg = `scripted ${value}`,
  headers: Headers = {},
): ScriptedAnswer {
  return json({ code: value, msg }, 200, headers);
}

/** A successful envelope around any data. */
export function success(data: unknown): ScriptedAnswer {
  return json({ code: 1000, msg: 'OK', data });
}

/** A page, as a proxy in front of AKOOL would answer. */
export function html(status = 200): ScriptedAnswer {
  return answer('<html><body>Bad Gateway</body></html>', status, { 'content-type': 'text/html' });
}

/** A redirect, with a body that must not count. */
export function redirect(status: 301 | 302 | 307 | 308, location: string): ScriptedAnswer {
  return json({ code: 1104, msg: 'body of a redirect' }, status, { location });
}

/** Reads the request and never says a word. */
export const hang: ScriptedAnswer = () => undefined;

/** An answer that waits until it is let go; the second member lets it go, whether it was asked for by then or not. */
export function held(then: ScriptedAnswer): [answer: ScriptedAnswer, letGo: () => void] {
  const waiting: Exchange[] = [];
  let isFree = false;
  return [
    (exchange) => {
      if (isFree) then(exchange);
      else waiting.push(exchange);
    },
    () => {
      isFree = true;
      for (const exchange of waiting.splice(0)) then(exchange);
    },
  ];
}

/** A good head, then a byte every `everyMs`, for ever. */
export function drip(everyMs = 20): ScriptedAnswer {
  return ({ response, socket }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), everyMs);
    socket.once('close', () => clearInterval(timer));
  };
}

/** Reads the request, then resets the connection. */
export const resetAfterReading: ScriptedAnswer = ({ socket }) => {
  socket.resetAndDestroy();
};

/** Reads the request, then ends the connection without a word. */
export const closeAfterReading: ScriptedAnswer = ({ socket }) => {
  socket.end();
};

/** Any bytes, straight onto the wire; then the connection ends. */
export function raw(bytes: string | Uint8Array): ScriptedAnswer {
  return ({ socket }) => {
    socket.end(bytes);
  };
}

/** Announces one length and sends another number of bytes. */
export function wrongContentLength(body: string, announced: number): ScriptedAnswer {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${announced}`;
  return raw(`${head}\r\n\r\n${body}`);
}

/** Half a chunked body, then the connection is reset. */
export function cutShort(body: string): ScriptedAnswer {
  return ({ response, socket }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(body.slice(0, body.length / 2), () => socket.resetAndDestroy());
  };
}

/** A body of so many bytes, sent as fast as it is taken. */
export function huge(bytes: number): ScriptedAnswer {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  return ({ response, socket }) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes });
    let left = bytes;
    const write = (): void => {
      while (left > 0 && !socket.destroyed) {
        const part = chunk.subarray(0, Math.min(left, chunk.length));
        left -= part.length;
        if (!response.write(part)) {
          response.once('drain', write);
          return;
        }
      }
      response.end();
    };
    write();
  };
}

/** A small gzipped body that unpacks to so many bytes, around `data` as in any good answer. */
export function gzipBomb(bytes: number, data: unknown): ScriptedAnswer {
  const packed = gzipSync(JSON.stringify({ code: 1000, msg: '0'.repeat(bytes), data }));
  return answer(packed, 200, { 'content-encoding': 'gzip' });
}
