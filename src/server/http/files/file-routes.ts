import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Media } from '../../../media/media.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { clientError } from '../../client-error.ts';
import { createOrigins } from '../origins.ts';
import { answerError, dropRest } from '../json-answers.ts';
import type { ServerLimits } from '../../limits.ts';
import { addFileCors } from './file-cors.ts';
import { serveFile } from './serve-file.ts';
import { takeUpload } from './take-upload.ts';

/** Where the bytes of uploads go. */
export const UPLOADS_PATH = '/uploads/';

/** Answers a request whose path is a file's; false: the path is none. */
export type FileRoutes = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
) => Promise<boolean>;

export interface FileRoutesParts {
  readonly media: Media;
  /** Further origins whose pages may read and send files, as browsers write them. */
  readonly allowedOrigins: readonly string[];
  readonly clock: Clock;
  readonly limits: Pick<ServerLimits, 'lingerMs'>;
}

/**
 * `GET` and `HEAD /media/{token}/{name}`, `PUT /uploads/{token}`. The token is the credential: a
 * signed link, or the secret of a place. Whatever it does not open is answered alike.
 */
export function createFileRoutes(parts: FileRoutesParts): FileRoutes {
  const { media, clock, limits } = parts;
  const { isAllowed } = createOrigins(parts.allowedOrigins);
  return async (request, response, path) => {
    const link = /^\/media\/([\w.-]{1,1000})\/[\w.-]{1,100}$/.exec(path)?.[1];
    const place = /^\/uploads\/([\w-]{1,200})$/.exec(path)?.[1];
    if (link === undefined && place === undefined) return false;
    const methods = place === undefined ? ['GET', 'HEAD'] : ['PUT'];
    if (addFileCors(request, response, methods, isAllowed)) return true;
    if (!methods.includes(request.method ?? '')) {
      const told = clientError('BAD_REQUEST', `Here is ${methods.join(' and ')} alone.`).told;
      answerError(response, 405, told, { allow: methods.join(', ') });
    } else if (link === undefined) {
      await takeUpload(request, response, place ?? '', media);
    } else {
      await serveFile(request, response, link, media);
    }
    dropRest(request, clock, limits.lingerMs);
    return true;
  };
}
