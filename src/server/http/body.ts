import type { IncomingMessage } from 'node:http';
import { readMediaType } from '../media-type.ts';

/**
 * Reads a request's whole body. 'too large': more than `limit` bytes were announced or came,
 * whichever is known first; the rest is not read. 'gone': the sender left before the end. What
 * comes is counted on the stream, so a chunked body is bounded alike.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
): Promise<Buffer | 'too large' | 'gone'> {
  if (announcesMore(request, limit)) return Promise.resolve('too large');
  // Its end was told before anybody listened.
  if (request.destroyed) return Promise.resolve('gone');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let settle: typeof resolve | null = resolve;
    // Whatever comes first counts, and so none of the listeners need be taken off again. They are
    // there as long as the request, which may be answered with a stream: nothing is kept by them.
    const end = (body: Buffer | 'too large' | 'gone'): void => {
      settle?.(body);
      settle = null;
      chunks.length = 0;
    };
    const gone = (): void => end('gone');
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      request.off('data', take);
      end('too large');
    };
    request.on('data', take);
    request.on('end', () => end(joined(chunks)));
    request.on('error', gone);
    request.on('close', gone);
  });
}

/** Most bodies come in one piece, and need no copy. */
function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
}

/** Whether the body is JSON as we read it, in UTF-8, whatever other parameters its type has. */
export function isJson({ headers }: IncomingMessage): boolean {
  const given = headers['content-type'] ?? '';
  // As nearly everybody writes it.
  if (given === 'application/json') return true;
  const type = readMediaType(given);
  if (type?.essence !== 'application/json') return false;
  return /^utf-?8$/i.test(type.params.get('charset') ?? 'utf-8');
}

/** Whether the body is as it is: no coding, or one that changes nothing. */
export function isIdentity({ headers }: IncomingMessage): boolean {
  const codings = headers['content-encoding']?.split(',') ?? [];
  return codings.every((coding) => /^(?:identity)?$/i.test(coding.trim()));
}

/**
 * A request that expects "100 Continue" may send its body: it would not be refused for its size or
 * type.
 */
export function mayContinue(request: IncomingMessage, limit: number): boolean {
  return isJson(request) && isIdentity(request) && !announcesMore(request, limit);
}

/** The request says itself that its body is larger than `limit` bytes. */
function announcesMore(request: IncomingMessage, limit: number): boolean {
  return Number(request.headers['content-length'] ?? 0) > limit;
}
