import type { TeamId } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Upload, UploadPurpose, UploadStore } from '../../store/media-store.ts';

/**
 * Says of each URL that a job is to be given, in their order, why it cannot be; null: it can. URLs
 * that are no upload's are not looked at.
 */
export type CheckUploadUrls = (
  team: TeamId,
  urls: readonly { readonly url: string; readonly purpose: UploadPurpose }[],
) => Promise<readonly (string | null)[]>;

/** What tells this gateway's files from others by their URLs. */
export interface OwnFiles {
  readonly baseUrl: () => string;
  readonly openLink: (
    token: string,
  ) => { readonly key: string; readonly contentType: string } | null;
  /** Null: files lie in no bucket. */
  readonly bucket: string | null;
}

/**
 * Keeps money from being spent on a file that AKOOL could not read: a place to send to is no file,
 * another team's upload is none of the caller's, one that was deleted is gone, and a picture is no
 * video.
 */
export function createCheckUploadUrls(
  store: UploadStore,
  clock: Clock,
  own: OwnFiles,
): CheckUploadUrls {
  return async (team, urls) => {
    const uploads = new Map<string, Upload>();
    const asked = urls.map(({ url }) => url).filter((url) => kindOf(url, own) === 'upload');
    const found = asked.length === 0 ? [] : await store.readUploadsByUrl(asked);
    for (const upload of found) if (upload.url !== null) uploads.set(upload.url, upload);
    return urls.map(({ url, purpose }) => {
      const kind = kindOf(url, own);
      if (kind === 'place') {
        return 'must not be where a file is sent to: finish the upload, and give its url';
      }
      if (kind === null) return null;
      // A copy that is still linked to may be built on.
      if (kind !== 'upload') return mismatch('copy', kind, purpose);
      const upload = uploads.get(url);
      if (upload?.team !== team || upload.expiresAt <= clock.now()) {
        return 'names an upload that is unknown or was deleted: upload the file again';
      }
      return mismatch('upload', upload.purpose, purpose);
    });
  };
}

function mismatch(what: string, is: UploadPurpose, wanted: UploadPurpose): string | null {
  const names = { VIDEO: 'a video', FACE: 'a picture' };
  return is === wanted ? null : `must be ${names[wanted]}, and this ${what} is ${names[is]}`;
}

/** An upload, a place to send one to, what a copy of ours holds, or something else. */
function kindOf(
  url: string,
  { baseUrl, openLink, bucket }: OwnFiles,
): 'upload' | 'place' | UploadPurpose | null {
  const base = baseUrl();
  if (url.startsWith(`${base}/uploads/`)) return 'place';
  if (url.startsWith(`${base}/media/`)) {
    const token = url.slice(`${base}/media/`.length).split('/')[0] ?? '';
    const file = openLink(token);
    if (file?.key.startsWith('copies/') !== true) return 'upload';
    return file.contentType.startsWith('video/') ? 'VIDEO' : 'FACE';
  }
  const isInBucket = bucket !== null && url.includes(bucket);
  return isInBucket && /\/uploads\/[^/?]+\?.*X-Amz-Signature=/.test(url) ? 'upload' : null;
}
