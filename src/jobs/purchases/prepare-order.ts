import { InvalidInputError } from '../../domain/errors.ts';
import type { TeamId } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { sha256 } from '../../runtime/sha256.ts';
import type { Submission, SubmissionTiming } from '../../upstream/upstream.ts';
import type { Account } from '../account.ts';
import type { OrderedJob } from './accepted-job.ts';
import { expiredUrls } from './check-expiry.ts';
import type { CheckUrls, FindJob, Order, OrderedUrl } from './order.ts';

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
  const videoUrl = await kind.check(team, input, find);
  await mustBeFetchable(team, kind.urlsOf(input, videoUrl), parts);
  const token = kind.takesWebhook && webhooks !== null ? newToken() : null;
  const webhookUrl =
    token === null || webhooks === null ? null : `${webhooks.publicUrl()}/webhooks/akool/${token}`;
  return {
    ordered: {
      team,
      videoUrl,
      request: kind.requestOf(input),
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
  const problems = await parts.checkUrls(
    team,
    ordered.map(({ url }) => url),
  );
  const missing = ordered.flatMap(({ path, url }) => {
    const message = problems.get(url);
    return message === undefined ? [] : [{ path, message }];
  });
  const issues = [...expired, ...missing];
  if (issues.length > 0) throw new InvalidInputError(issues);
}
