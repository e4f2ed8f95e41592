import type { JobKind, JobStatus } from './job.ts';

/**
 * The catalogue of what can go wrong, as callers see it. Two families:
 * - `ExpectedError`: a member of a mutation's result union; data, not an exception, once it leaves
 *   the resolver.
 * - `GatewayError`: a top-level GraphQL error with an `extensions.code`
 *   (docs/promises.md#8-every-error-carries-a-code).
 * Messages are written for the developer of a frontend and never hold secrets or AKOOL's raw
 * bodies.
 */

/** Every `extensions.code` that the gateway answers with. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'NOT_FOUND'
  | 'INVALID_INPUT'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'BAD_REQUEST'
  | 'OPERATION_RESOLUTION_FAILURE'
  | 'OPERATION_NOT_ALLOWED'
  | 'PERSISTED_QUERY_NOT_FOUND'
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  | 'OPERATION_TOO_COMPLEX'
  | 'RATE_LIMITED'
  | 'UNAVAILABLE'
  | 'TIMEOUT'
  | 'AKOOL_UNAVAILABLE'
  | 'AKOOL_REJECTED'
  | 'AKOOL_PROTOCOL'
  | 'INTERNAL';

/** What an error carries beside its code. */
export interface ErrorDetails {
  /** Whole seconds after which asking again makes sense. */
  readonly retryAfterSeconds?: number;
  /** AKOOL's numeric code. */
  readonly akoolCode?: number;
}

/** A top-level GraphQL error: its message, code and details are fit for callers as they are. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/**
 * INVALID_INPUT for an `after` of the team's feed that was not given out here, whatever is wrong
 * with it.
 */
export function notOfThisFeed(): GatewayError {
  return new GatewayError(
    'INVALID_INPUT',
    'Argument "after" is not a cursor of this feed. Ask for jobStatusCursor, or leave it out to start with every unfinished job.',
  );
}

/**
 * An expected failure of a mutation; resolvers throw it and the schema turns it into a union
 * member.
 */
export abstract class ExpectedError extends Error {}

/** One thing that was wrong with an input. */
export interface InputIssue {
  /** From the input's own fields on, as in `["mappings", "0", "faceUrl"]`. */
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * The input is wrong in itself, or names persons that the analysis does not have. Lists every
 * problem at once.
 */
export class InvalidInputError extends ExpectedError {
  override readonly name = 'InvalidInputError';
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[]) {
    super(
      issues.length === 1
        ? `The input has a mistake: ${describe(issues[0])}`
        : `The input has ${issues.length} mistakes; see issues.`,
    );
    this.issues = issues;
  }
}

function describe(issue: InputIssue | undefined): string {
  return issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
}

/** The analysis is unknown, or another team's. */
export class NotFoundError extends ExpectedError {
  override readonly name = 'NotFoundError';
}

/** The analysis has not COMPLETED; with status FAILED it never will. */
export class AnalysisNotReadyError extends ExpectedError {
  override readonly name = 'AnalysisNotReadyError';
  readonly status: JobStatus;

  constructor(status: JobStatus) {
    super(
      status === 'FAILED'
        ? 'The analysis failed, so no task can be built on it. Submit the video again.'
        : 'The analysis is still running. Wait until its status is COMPLETED.',
    );
    this.status = status;
  }
}

/** AKOOL refused for want of credits or a subscription. Nothing was bought. */
export class BillingError extends ExpectedError {
  override readonly name = 'BillingError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** AKOOL refused the request. Nothing was bought. */
export class AkoolRejectedError extends ExpectedError {
  override readonly name = 'AkoolRejectedError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The key has been used, or is held, with another input. */
export class IdempotencyConflictError extends ExpectedError {
  override readonly name = 'IdempotencyConflictError';

  constructor() {
    super(
      'This idempotencyKey was already used with another input. Send the same input to get its result, or a new key for a new purchase.',
    );
  }
}

/** Nobody can tell yet whether AKOOL accepted the create. */
export class OutcomeUnknownError extends ExpectedError {
  override readonly name = 'OutcomeUnknownError';
  /** The one given; null for a submitAnalysis without one. */
  readonly idempotencyKey: string | null;
  /** AKOOL's; null: it said nothing that could be read. */
  readonly words: string | null;

  /**
   * `kind`: of the job that would have been made. `words`: what AKOOL said, if anything; fit for
   * callers.
   */
  constructor(kind: JobKind, idempotencyKey: string | null, words: string | null = null) {
    const told =
      kind === 'HEAD_SWAP_TASK'
        ? 'AKOOL may have accepted this, and it may have been bought: its answer is late, was lost or does not tell. ' +
          'Asking again with the same idempotencyKey is safe: it sends nothing, and will tell once the outcome is known. ' +
          'A new idempotencyKey is a new purchase.'
        : idempotencyKey === null
          ? 'AKOOL did not answer in a way that tells whether it accepted the analysis. Submitting again makes a new analysis.'
          : 'AKOOL may have accepted this analysis: its answer is late or was lost. The outcome may stay unknown. ' +
            'Asking again with the same idempotencyKey is safe: it sends nothing. ' +
            'A new idempotencyKey may make a second analysis.';
    super(words === null ? told : `${told} AKOOL said: ${words}`);
    this.words = words;
    this.idempotencyKey = idempotencyKey;
  }
}

/**
 * AKOOL could not be reached or is limiting us; nothing was sent or accepted, the same key may go
 * again.
 */
export class AkoolUnavailableError extends ExpectedError {
  override readonly name = 'AkoolUnavailableError';
  readonly retryAfterSeconds: number | null;

  constructor(retryAfterSeconds: number | null) {
    super(
      'AKOOL cannot take this right now. Nothing was bought; the same idempotencyKey may go again.',
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
