import { InvalidInputError, type InputIssue } from '../../domain/errors.ts';
import { expiryOf } from '../../runtime/urls.ts';
import type { TeamId } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { sha256 } from '../../runtime/secrets.ts';
import type { Submission, SubmissionTiming } from '../../upstream/upstream.ts';
import type { Account } from '../account.ts';
import type { OrderedJob } from './ordered-job.ts';
import type { CheckUrls, FindJob, Order, OrderedUrl } from './order.ts';

/**
 * Less than this, in milliseconds, is little for a job that may wait before AKOOL fetches its
 * files.
 */
const SHORT_MS = 10 * 60 * 1000;

/** An order that may be sent. */
export interface ReadyOrder {
  /** What the job keeps of it. */
  readonly ordered: OrderedJob;
  /** SHA-256 of the webhook's token, in hex; null: no webhook. */
  readonly tokenDigest: string | null;
  /** One POST, never repeated. */
  readonly send: (timing: SubmissionTiming) => Promise<Submission<Observation>>;
}

export interface PrepareOrderParts {
  readonly account: Account;
  readonly find: FindJob;
  readonly checkUrls: CheckUrls;
  readonly clock: Clock;
  readonly log: Log;
  /** Makes an unguessable webhook token. */
  readonly newToken: () => string;
}

/**
 * Checks what can be checked without buying. Throws the ExpectedError that the caller is to be told
 * when it must not be bought.
 */
export async function prepareOrder<Input>(
  { kind, team, input }: Order<Input>,
  parts: PrepareOrderParts,
): Promise<ReadyOrder> {
  const { account, find, newToken } = parts;
  const { upstream, webhooks } = account;
  const { videoUrl, urls, request } = await kind.check(team, input, find);
  await mustBeFetchable(team, urls, parts);
  const token = kind.takesWebhook && webhooks !== null ? newToken() : null;
  const webhookUrl =
    token === null || webhooks === null ? null : `${webhooks.publicUrl()}/webhooks/akool/${token}`;
  return {
    ordered: {
      team,
      videoUrl,
      request,
      hasWebhook: webhookUrl !== null,
      mayBeShared: true,
    },
    tokenDigest: token === null ? null : sha256(token),
    send: (timing) => kind.send(upstream, { input, videoUrl, webhookUrl }, timing),
  };
}

/** Nothing is bought that is known to fail for want of its files. */
async function mustBeFetchable(
  team: TeamId,
  ordered: readonly OrderedUrl[],
  parts: Pick<PrepareOrderParts, 'checkUrls' | 'clock' | 'log'>,
): Promise<void> {
  const expired = expiredUrls(team, ordered, parts);
  const problems = await parts.checkUrls(team, ordered);
  const unfit = ordered.flatMap(({ path }, at) => {
    const message = problems[at] ?? null;
    return message === null ? [] : [{ path, message }];
  });
  const issues = [...expired, ...unfit];
  if (issues.length > 0) throw new InvalidInputError(issues);
}

/**
 * What is wrong with presigned URLs whose signature has provably run out: AKOOL could not fetch
 * them, and would charge for that. One that runs out soon is told to the log, without the URL,
 * which is a secret.
 */
function expiredUrls(
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
