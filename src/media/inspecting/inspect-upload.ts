import type { UploadFacts, UploadPurpose } from '../../store/media-store.ts';
import { MEDIA_LIMITS } from '../limits.ts';
import type { MediaStorage } from '../storage/media-storage.ts';
import { createByteSource } from './byte-source.ts';
import { HEAD_BYTES, mediaTypeOf } from './media-type.ts';
import { pictureFactsOf } from './picture-facts.ts';

/** The types that AKOOL takes, by what a file is to be. */
export const TAKEN_TYPES: Readonly<Record<UploadPurpose, readonly string[]>> = {
  VIDEO: ['video/mp4', 'video/quicktime', 'video/webm'],
  FACE: ['image/jpeg', 'image/png', 'image/webp'],
};

/** What a file turned out to be. */
export type Inspection =
  | { readonly kind: 'fit'; readonly contentType: string; readonly facts: UploadFacts }
  /** `problem`: for people. */
  | { readonly kind: 'unfit'; readonly problem: string };

/**
 * Looks at a kept file of so many bytes: its type by its bytes, and what can be measured. Throws
 * MediaStorageError.
 */
export async function inspectUpload(
  storage: MediaStorage,
  key: string,
  bytes: number,
  purpose: UploadPurpose,
): Promise<Inspection> {
  const source = createByteSource(storage, key, bytes);
  const type = await mediaTypeOf(await source.read(0, Math.min(bytes, HEAD_BYTES)));
  if (type === null || !TAKEN_TYPES[purpose].includes(containerOf(type.mime))) {
    return { kind: 'unfit', problem: wrongType(purpose, type?.mime ?? null) };
  }
  const contentType = containerOf(type.mime);
  if (purpose === 'FACE') {
    const facts = await pictureFactsOf(source);
    if (facts === null) return { kind: 'unfit', problem: 'The picture cannot be read.' };
    const { width, height } = facts;
    if (width * height > MEDIA_LIMITS.facePixels) {
      return { kind: 'unfit', problem: `The picture is too large: ${width} × ${height} pixels.` };
    }
    return { kind: 'fit', contentType, facts: { durationSeconds: null, ...facts } };
  }
  const { videoFactsOf } = await import('./video-facts.ts');
  const facts = await videoFactsOf(source);
  if (facts === null) {
    return {
      kind: 'unfit',
      problem: 'The video cannot be read: it has no pictures, or its end is missing.',
    };
  }
  const problem = wrongLength(facts.durationSeconds);
  return problem === null ? { kind: 'fit', contentType, facts } : { kind: 'unfit', problem };
}

/** Apple's and Google's variants of MP4 are MP4 to those who read them. */
function containerOf(mime: string): string {
  return /^video\/(x-m4v|3gpp2?)$/.test(mime) ? 'video/mp4' : mime;
}

function wrongType(purpose: UploadPurpose, found: string | null): string {
  const wanted = purpose === 'VIDEO' ? 'an MP4, MOV or WebM video' : 'a JPEG, PNG or WebP picture';
  return `The file is not ${wanted}${found === null ? '' : ` but ${found}`}.`;
}

/** Null: it may be taken. A length that cannot be told refuses nothing. */
function wrongLength(seconds: number | null): string | null {
  if (seconds === null) return null;
  const { shortestVideoSeconds, longestVideoSeconds } = MEDIA_LIMITS;
  if (seconds >= shortestVideoSeconds && seconds <= longestVideoSeconds) return null;
  const how = seconds < shortestVideoSeconds ? 'short' : 'long';
  return `The video is too ${how}: ${seconds.toFixed(1)} s. AKOOL takes about 3 to 20 seconds.`;
}
