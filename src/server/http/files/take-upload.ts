import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Media } from '../../../media/media.ts';
import { clientError } from '../../client-error.ts';
import { answerError, answerJson } from '../json-answers.ts';

/** Takes the bytes of an upload; never more than were announced. */
export async function takeUpload(
  request: IncomingMessage,
  response: ServerResponse,
  putToken: string,
  media: Media,
): Promise<void> {
  const refuse = (status: number, ...error: Parameters<typeof clientError>): void =>
    answerError(response, status, clientError(...error).told);
  const length = request.headers['content-length'];
  const received = await media.uploads.receive(putToken, {
    contentType: request.headers['content-type'] ?? null,
    bytes: length === undefined ? null : Number(length),
    content: request,
  });
  switch (received.kind) {
    case 'kept':
      return answerJson(response, 200, '{"received":true}');
    case 'no place':
      return refuse(404, 'NOT_FOUND', 'There is no such place, or its time is over.');
    case 'wrong type':
      return refuse(415, 'BAD_REQUEST', received.problem);
    case 'wrong size':
      return refuse(received.isTooLarge ? 413 : 400, 'BAD_REQUEST', received.problem);
    case 'broken off':
      return refuse(400, 'BAD_REQUEST', 'The file broke off. Send it again.');
    case 'store': {
      const isFull = received.error.problem === 'FULL';
      const words = isFull ? 'There is no room for files.' : 'Files cannot be taken right now.';
      return refuse(isFull ? 507 : 503, 'UNAVAILABLE', words, { retryAfterSeconds: 30 });
    }
  }
}
