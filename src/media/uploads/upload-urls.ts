import type { TeamId } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { UploadStore } from '../../store/media-store.ts';

/** Says of each URL that a job is to be given why it cannot be; URLs that are no upload's are not looked at. */
export type CheckUploadUrls = (
  team: TeamId,
  urls: readonly string[],
) => Promise<ReadonlyMap<string, string>>;

/**
 * Keeps money from being spent on a file that AKOOL could not read: a place to send to is no file, another team's upload is none
 * of the caller's, and one that was deleted is gone. `isOurs`: whether a URL leads to this gateway's files.
 */
export function createCheckUploadUrls(
  store: UploadStore,
  clock: Clock,
  isOurs: (url: string) => 'upload' | 'place' | null,
): CheckUploadUrls {
  return async (team, urls) => {
    const problems = new Map<string, string>();
    const uploads = new Map<string, { readonly team: TeamId; readonly expiresAt: number }>();
    const asked = urls.filter((url) => isOurs(url) === 'upload');
    const found = asked.length === 0 ? [] : await store.readUploadsByUrl(asked);
    for (const upload of found) if (upload.url !== null) uploads.set(upload.url, upload);
    for (const url of urls) {
      const kind = isOurs(url);
      const upload = uploads.get(url);
      if (kind === 'place') {
        problems.set(url, 'This is where a file is sent to. Finish the upload, and use its url.');
      } else if (kind === 'upload' && (upload?.team !== team || upload.expiresAt <= clock.now())) {
        problems.set(url, 'There is no such upload, or it was deleted. Upload the file again.');
      }
    }
    return problems;
  };
}
