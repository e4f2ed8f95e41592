import type { InputIssue } from '../../domain/errors.ts';
import { expiryOf } from '../../domain/presigned-url.ts';
import type { TeamId } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { OrderedUrl } from './order.ts';

/** Less than this, in milliseconds, is little for a job that may wait before AKOOL fetches its files. */
const SHORT_MS = 10 * 60 * 1000;

/**
 * What is wrong with presigned URLs whose signature has provably run out: AKOOL could not fetch them, and would charge for that.
 * One that runs out soon is told to the log, without the URL, which is a secret.
 */
export function expiredUrls(
  team: TeamId,
  ordered: readonly OrderedUrl[],
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): InputIssue[] {
  const now = clock.now();
  return ordered.flatMap(({ path, url }) => {
    const expiry = expiryOf(url);
    if (expiry === null) return [];
    const at = new Date(expiry).toISOString();
    if (expiry <= now) return [{ path, message: problem(path, at) }];
    if (expiry < now + SHORT_MS) {
      const field = path.join('.');
      log.warn({ team, field, expiresAt: at }, 'A presigned URL runs out within 10 minutes');
    }
    return [];
  });
}

/** Reads as the end of a sentence, behind the name of the field. */
function problem(path: readonly string[], at: string): string {
  return path[0] === 'analysisId'
    ? `names an analysis whose presigned video URL ran out at ${at}: submit the video again, under a URL that lasts`
    : `is a presigned URL that ran out at ${at}: sign it again, for an hour or more`;
}
