import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Asset, Assets } from './assets.ts';
import type { Books } from './books.ts';
import { behaviourOf } from './card-reader.ts';
import { readRange } from './ranges.ts';
import type { Settings } from './settings.ts';
import { resultAtMs } from './timeline.ts';

/** A file that is there, was there, or never was. */
export type FoundFile = Asset | 'expired' | null;

/** What finding files needs of the sandbox. */
export interface FileParts {
  readonly assets: Assets;
  readonly books: Books;
  readonly settings: Settings;
}

/**
 * Finds the file of a path: outputs and previews from when their job has them until they expire, samples always. Any name ending
 * in .mp4 or .png is a sample, so that test cards can be put into URLs that resolve.
 */
export function createFileFinder({
  assets,
  books,
  settings,
}: FileParts): (path: string) => FoundFile {
  const fileMadeAt = (madeAt: number | null, asset: Asset | undefined): FoundFile => {
    const age = madeAt === null ? -1 : settings.clock.now() - madeAt;
    if (!asset || age < 0) return null;
    return age < settings.expiryMs ? asset : 'expired';
  };

  const output = (id: string): FoundFile => {
    const task = books.tasks.get(id);
    if (!task) return null;
    const after = resultAtMs(task.durationMs, behaviourOf('task', task.videoUrl, task.faceUrls));
    return fileMadeAt(after === null ? null : task.createdAt + after, assets.output);
  };

  const preview = (id: string, objId: number): FoundFile => {
    const analysis = books.analyses.get(id);
    if (!analysis) return null;
    const behaviour = behaviourOf('analysis', analysis.videoUrl);
    const after = resultAtMs(analysis.durationMs, behaviour);
    const person = objId < behaviour.people ? assets.people[objId] : undefined;
    return fileMadeAt(after === null ? null : analysis.createdAt + after, person);
  };

  return (path) => {
    const [, folder, name, rest] = path.split('/');
    if (folder === 'outputs' && name?.endsWith('.mp4')) return output(name.slice(0, -4));
    if (folder === 'previews' && name && /^\d\.png$/.test(rest ?? '')) {
      return preview(name, Number(rest?.[0]));
    }
    if (folder !== 'samples' || rest !== undefined) return null;
    if (name?.endsWith('.mp4')) return assets.source;
    if (name?.endsWith('.png')) return assets.faces[name === 'face-2.png' ? 1 : 0];
    return null;
  };
}

/** Answers a GET or HEAD with a file, or the part of it that was asked for. */
export function sendFile(request: IncomingMessage, response: ServerResponse, file: Asset): void {
  const { range, 'if-range': ifRange } = request.headers;
  const { bytes, etag, type } = file;
  const wanted =
    request.method === 'GET' && (ifRange === undefined || ifRange === etag)
      ? readRange(range, bytes.length)
      : ({ kind: 'whole' } as const);
  // Pages of another origin may fetch and save it, as they may from a storage bucket.
  const headers = { 'accept-ranges': 'bytes', etag, 'access-control-allow-origin': '*' };
  if (wanted.kind === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const part = wanted.kind === 'part' ? bytes.subarray(wanted.start, wanted.end + 1) : bytes;
  response.writeHead(wanted.kind === 'part' ? 206 : 200, {
    ...headers,
    'content-type': type,
    'content-length': part.length,
    ...(wanted.kind === 'part' && {
      'content-range': `bytes ${wanted.start}-${wanted.end}/${bytes.length}`,
    }),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
}
