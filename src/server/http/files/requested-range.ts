import type { IncomingMessage } from 'node:http';
import type { ByteRange } from '../../../media/storage/media-storage.ts';

const ONE_RANGE = /^bytes=[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/i;

/**
 * What a request wants of a file of so many bytes; null: the whole. As RFC 9110 has it, a Range
 * counts for GET alone, and one that is malformed, of another unit or for several parts is as none.
 * So is one that holds only for an `If-Range`: a file has no validator that it could match.
 */
export function requestedRange(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  bytes: number,
): ByteRange | 'none of it' | null {
  if (method !== 'GET' || headers['if-range'] !== undefined || bytes === 0) return null;
  const [, first, last, suffix] = ONE_RANGE.exec(headers.range ?? '') ?? [];
  if (suffix !== undefined) {
    // A file that is shorter than the end that is asked for is that end.
    const length = Math.min(Number(suffix), bytes);
    return length === 0 ? 'none of it' : { first: bytes - length, last: bytes - 1 };
  }
  if (first === undefined) return null;
  const end = last ? Number(last) : Infinity;
  if (end < Number(first)) return null;
  if (Number(first) >= bytes) return 'none of it';
  return { first: Number(first), last: Math.min(end, bytes - 1) };
}
