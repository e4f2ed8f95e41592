import type { BuyResult } from 'head-swap-client/buy-once';

/** Why there is no task yet, in words for people. */
export interface PurchaseProblem {
  readonly title: string;
  readonly lines: readonly string[];
  /**
   * `refused`: nothing was bought, and another press is a new try. `unknown`: it may have been bought. `unheard`: no answer came.
   * `conflict`: an earlier order with other faces is not settled yet. `bought-earlier`: it is, and was bought.
   */
  readonly kind: 'refused' | 'unknown' | 'unheard' | 'conflict' | 'bought-earlier';
}

type NoTask = Exclude<BuyResult, { __typename: 'HeadSwapTask' }>;

export const UNHEARD: PurchaseProblem = {
  kind: 'unheard',
  title: 'We did not hear back',
  lines: [
    'The connection was lost before the answer came.',
    'Press again: it is the same purchase, and you cannot be charged twice.',
  ],
};

export const UNKNOWN: PurchaseProblem = {
  kind: 'unknown',
  title: 'We do not know yet whether this went through',
  lines: [
    'The answer to your order is late or was lost, so the video may or may not be on its way.',
    'We keep asking, and go on by ourselves once it is known. Nothing is bought twice.',
  ],
};

export const NOT_BOUGHT: PurchaseProblem = {
  kind: 'refused',
  title: 'It did not go through',
  lines: ['Nothing was bought. You can press again.'],
};

export const CONFLICT: PurchaseProblem = {
  kind: 'conflict',
  title: 'You have ordered this video with other faces',
  lines: [
    'Whether that order went through is not known yet. We are asking.',
    'Once it is known you can watch it, or order these faces.',
  ],
};

export const BOUGHT_EARLIER: PurchaseProblem = {
  kind: 'bought-earlier',
  title: 'Your earlier order went through',
  lines: [
    'It has the faces that you chose before. With the faces that you see now this would be a second video, charged on its own.',
  ],
};

/** What the gateway refused, with its words where they are for people and ours where they are for programs. */
export function refusalOf(result: NoTask): PurchaseProblem {
  return { kind: 'refused', title: TITLES[result.__typename], lines: linesOf(result) };
}

function linesOf(result: NoTask): string[] {
  switch (result.__typename) {
    case 'InvalidInputError':
      return result.issues.length > 0
        ? result.issues.map(({ message }) => message)
        : [result.message];
    case 'BillingError':
      return [result.message, 'Nothing was bought. Top up your account, then press again.'];
    case 'AkoolRejectedError':
      return [result.message, 'Nothing was bought. Choose another picture, or press again.'];
    case 'AkoolUnavailableError': {
      const seconds = result.retryAfterSeconds ?? 0;
      const when = seconds > 0 ? `in ${seconds} seconds` : 'in a moment';
      return [`Nothing was bought. Press again ${when}.`];
    }
    case 'AnalysisNotReadyError':
    case 'IdempotencyConflictError':
    case 'NotFoundError':
    case 'OutcomeUnknownError':
      return [result.message];
  }
}

const TITLES: Readonly<Record<NoTask['__typename'], string>> = {
  AkoolRejectedError: 'This was refused',
  AkoolUnavailableError: 'The service is busy',
  AnalysisNotReadyError: 'The video is not ready yet',
  BillingError: 'Not enough credits',
  IdempotencyConflictError: CONFLICT.title,
  InvalidInputError: 'Please check your choices',
  NotFoundError: 'This video is gone',
  OutcomeUnknownError: UNKNOWN.title,
};
