import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { numeric } from './shapes/numeric.ts';

/** What both ways of speaking HTTP, pooled reads and sends that happen once, have in common. */

/** Which of AKOOL's endpoints, as metrics and traces name it. */
export type Endpoint = 'analyze' | 'analysis' | 'create_task' | 'task' | 'token' | 'quota';

/** One request to AKOOL. */
export interface HttpRequest {
  readonly endpoint: Endpoint;
  readonly method: 'GET' | 'POST';
  /** Path and query, with the base URL's own path in front. */
  readonly path: string;
  /** The path of the endpoint, the same for whatever is asked there. */
  readonly template: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; null: no body. */
  readonly body: string | null;
}

/** AKOOL's envelope. Whether it is a success is for `readingOf(code)` to say. */
export interface Envelope {
  readonly code: number;
  /** AKOOL's words for people, as they came; empty where it gave none. */
  readonly msg: string;
  readonly data: unknown;
  /** Only getToken's answer has it, beside `code` rather than in `data`. */
  readonly token: unknown;
}

/** What became of one request. Redirects are answers like any other. */
export type HttpOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfter: string | null;
      /** False: the body is larger than 1 MB, or in an encoding that could not be undone. */
      readonly isReadable: boolean;
      /** Null: the body is something else. */
      readonly envelope: Envelope | null;
    }
  /**
   * No whole answer. `sent`: a byte of the request may have left. `reason` is a short phrase of
   * ours.
   */
  | { readonly kind: 'lost'; readonly sent: boolean; readonly reason: string };

/** Puts one answer together. */
export interface AnswerCollector {
  /**
   * The final answer's head; informational ones before it are overwritten. Forgets an earlier
   * answer.
   */
  begin(status: number, headers: IncomingHttpHeaders): void;
  /** Takes a part of the body; false once it is too large, and the rest need not come. */
  push(chunk: Uint8Array): boolean;
  /** Whether the body was too large. */
  readonly overflowed: boolean;
  /** The answer, once its body has come whole or overflowed. */
  finish(): HttpOutcome;
}

/** The largest body that is read, decoded: real ones have a few kilobytes. */
const LARGEST_BODY = 1024 * 1024;

/** A collector for one request. */
export function createAnswerCollector(): AnswerCollector {
  let status = 0;
  let retryAfter: string | null = null;
  let encoding = '';
  let chunks: Uint8Array[] = [];
  let size = 0;
  return {
    begin(newStatus, headers) {
      status = newStatus;
      retryAfter = firstOf(headers['retry-after']);
      encoding = (firstOf(headers['content-encoding']) ?? '').trim().toLowerCase();
      chunks = [];
      size = 0;
    },
    push(chunk) {
      size += chunk.byteLength;
      if (size > LARGEST_BODY) {
        chunks = [];
        return false;
      }
      chunks.push(chunk);
      return true;
    },
    get overflowed() {
      return size > LARGEST_BODY;
    },
    finish() {
      const body = size > LARGEST_BODY ? null : decode(Buffer.concat(chunks), encoding);
      const envelope = body === null ? null : openEnvelope(body);
      return { kind: 'answered', status, retryAfter, isReadable: body !== null, envelope };
    },
  };
}

/**
 * The request in undici's terms. `identity`, so that no answer has to be unpacked; one that comes
 * packed all the same is.
 */
export function toDispatch(origin: string, request: HttpRequest): Dispatcher.DispatchOptions {
  return {
    origin,
    method: request.method,
    path: request.path,
    body: request.body,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...(request.body === null ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    },
  };
}

/** What undici says when a proxy refuses a tunnel. */
const REFUSED_TUNNEL = /^Proxy response \((\d{3})\)/;

/**
 * The code of a network error, as in `no connection (ECONNREFUSED)`; its message may hold addresses
 * and is left out.
 */
export function describeNetworkError(phrase: string, error: Error): string {
  const refused = REFUSED_TUNNEL.exec(error.message)?.[1];
  if (refused !== undefined) return `${phrase} (the proxy answered ${refused})`;
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code)
    ? `${phrase} (${code})`
    : phrase;
}

function firstOf(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}

/**
 * The decoded body; null when it is damaged, larger than the cap, or in an encoding we do not know.
 */
function decode(bytes: Buffer, encoding: string): Uint8Array | null {
  const options = { maxOutputLength: LARGEST_BODY };
  try {
    switch (encoding) {
      case '':
      case 'identity':
        return bytes;
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(bytes, options);
      case 'deflate':
        return inflateSync(bytes, options);
      case 'br':
        return brotliDecompressSync(bytes, options);
      default:
        return null;
    }
  } catch {
    return null;
  }
}

const envelopeShape = z.object({
  code: numeric,
  msg: z.string().catch(''),
  data: z.unknown().optional(),
  token: z.unknown().optional(),
});

/**
 * Reads an answer's body; null when it is not strict UTF-8, not JSON, or not an envelope with a
 * numeric code. A BOM is tolerated.
 */
function openEnvelope(body: Uint8Array): Envelope | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    const { success, data } = envelopeShape.safeParse(json);
    return success ? { code: data.code, msg: data.msg, data: data.data, token: data.token } : null;
  } catch {
    // A SyntaxError, a TypeError of the decoder, or a RangeError of a document nested too deep: in
    // no case an envelope.
    return null;
  }
}
