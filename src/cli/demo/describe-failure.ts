import type {
  CreateHeadSwapTaskMutation,
  SubmitAnalysisMutation,
} from '../../client-operations/graphql.ts';

type Result = NonNullable<
  SubmitAnalysisMutation['submitAnalysis'] | CreateHeadSwapTaskMutation['createHeadSwapTask']
>;

/** Every way in which a mutation can fail that its caller is to expect. */
export type Failure = Exclude<Result, { __typename: 'Analysis' | 'HeadSwapTask' }>;

/**
 * What a failure means to the person at the terminal. A failure that is added to the schema does
 * not compile until it is here.
 */
export function describeFailure(failure: Failure): string {
  const { message } = failure;
  switch (failure.__typename) {
    case 'InvalidInputError':
      return [
        'The gateway did not accept the input, and nothing was sent to AKOOL:',
        ...failure.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`),
      ].join('\n');
    case 'NotFoundError':
      return `The analysis is not there (any more), and nothing was bought. ${message}`;
    case 'AnalysisNotReadyError':
      return `The analysis is ${failure.status}, and nothing was bought. ${message}`;
    case 'BillingError':
      return `The AKOOL account lacks credits or a subscription, and nothing was bought. AKOOL says: ${message}`;
    case 'AkoolRejectedError':
      return `AKOOL refused, and nothing was bought. It says: ${message}`;
    case 'IdempotencyConflictError':
      return `The key was used before, for something else. ${message}`;
    case 'OutcomeUnknownError':
      return `Nobody can tell yet whether this was bought. ${message}`;
    case 'AkoolUnavailableError': {
      const seconds = 'retryAfterSeconds' in failure ? failure.retryAfterSeconds : null;
      return seconds === null ? message : `${message} Try again in ${seconds} s.`;
    }
    default:
      return failure satisfies never;
  }
}
