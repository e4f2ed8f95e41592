import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Media } from '../../../media/media.ts';
import { clientError } from '../../client-error.ts';
import { answerError } from '../json-answers.ts';
import { requestedRange } from './requested-range.ts';

/** A file is shown, never run: no script, no frame, nothing from elsewhere. */
const FILE_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; sandbox";

/**
 * What a link opens, whole or one range of it. Throws MediaStorageError, with no answer begun,
 * where the store cannot be read.
 */
export async function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  media: Media,
): Promise<void> {
  const target = media.openLink(token);
  const bytes = target === null ? null : await media.sizeOf(target.key);
  if (target === null || bytes === null) return missing(response);
  // Of the file alone: what is told in its place has no type of it, and is not kept for minutes.
  const head = {
    'content-type': target.contentType,
    'content-disposition': 'inline',
    'content-security-policy': FILE_POLICY,
    'accept-ranges': 'bytes',
    'cache-control': 'private, max-age=300',
    // Pages of other origins show it, by a link that they were given.
    'cross-origin-resource-policy': 'cross-origin',
  };
  const range = requestedRange(request, bytes);
  if (range === 'none of it') {
    const none = { 'content-range': `bytes */${bytes}`, 'content-length': 0 };
    response.writeHead(416, { ...head, ...none }).end();
    return undefined;
  }
  const content = request.method === 'HEAD' ? [] : await media.read(target.key, range ?? undefined);
  if (content === null) return missing(response);
  response.writeHead(range === null ? 200 : 206, {
    ...head,
    'content-length': range === null ? bytes : range.last - range.first + 1,
    ...(range && { 'content-range': `bytes ${range.first}-${range.last}/${bytes}` }),
  });
  // A reader that goes away in the middle is nobody's fault.
  await pipeline(Readable.from(content), response).catch(() => {});
  return undefined;
}

function missing(response: ServerResponse): void {
  const told = clientError('NOT_FOUND', 'There is no such file, or the link has ended.').told;
  answerError(response, 404, told);
}
