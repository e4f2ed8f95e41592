import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';
import type { ErrorCode, ErrorDetails } from '../../domain/errors.ts';
import { GatewayError, InvalidInputError } from '../../domain/errors.ts';
import { MediaStorageError } from '../../media/storage/media-storage.ts';
import { StoreUnavailableError } from '../../store/store.ts';
import type { UpstreamFaultKind } from '../../upstream/upstream.ts';
import { UpstreamError } from '../../upstream/upstream.ts';
import { isErrorCode } from './error-codes.ts';
import type { RequestStage } from './graphql-failure.ts';
import { graphqlFailure } from './graphql-failure.ts';
import { MAX_QUOTED_MESSAGE_LENGTH, STORE_RETRY_AFTER_SECONDS } from '../limits.ts';

/**
 * Logs an error that is no caller's business and returns the request id that it is logged under.
 */
export type ReportError = (error: unknown) => string;

/** How errors are to be told. */
export interface FormatOptions {
  /** Whether graphql-js may hint at names in the schema ("Did you mean …"). False unless given. */
  readonly suggestions?: boolean;
  /**
   * `validation` for what `validate` returned without a code; `execution`, the default, for
   * everything else.
   */
  readonly stage?: RequestStage;
}

/** What a caller may know of an error. */
interface Told {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

const UPSTREAM_CODES: Readonly<Record<UpstreamFaultKind, ErrorCode>> = {
  unavailable: 'AKOOL_UNAVAILABLE',
  rejected: 'AKOOL_REJECTED',
  protocol: 'AKOOL_PROTOCOL',
};

/**
 * An error as every transport answers it: message, place, and an `extensions.code` of the catalogue
 * with its details. Nothing else survives, so neither a library's internal extensions nor a stack.
 * What is not meant for callers is reported, and told as INTERNAL with the request id.
 */
export function formatError(
  error: unknown,
  report: ReportError,
  options: FormatOptions = {},
): GraphQLFormattedError {
  const place = error instanceof GraphQLError ? error : undefined;
  const { locations, path } = place ?? {};
  const told = tell(rootOf(error)) ?? (place && tellGraphql(place, options));
  return {
    message: told?.message ?? 'Something went wrong on our side. Quote the requestId to us.',
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: told
      ? { code: told.code, ...told.details }
      : { code: 'INTERNAL' satisfies ErrorCode, requestId: report(rootOf(error)) },
  };
}

/** What was thrown before graphql-js put places around it. */
function rootOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined
    ? rootOf(error.originalError)
    : error;
}

/** Errors of ours that are meant for callers. */
function tell(error: unknown): Told | null {
  if (error instanceof GatewayError) return error;
  // Of a field that is no result union, and so has no member to tell it.
  if (error instanceof InvalidInputError)
    return { code: 'INVALID_INPUT', message: error.message, details: {} };
  if (error instanceof UpstreamError)
    return {
      code: UPSTREAM_CODES[error.kind],
      message: error.message,
      details: {
        ...(error.akoolCode !== null && { akoolCode: error.akoolCode }),
        ...(error.pauseMs !== null && { retryAfterSeconds: Math.ceil(error.pauseMs / 1000) }),
      },
    };
  if (error instanceof StoreUnavailableError || error instanceof MediaStorageError)
    return {
      code: 'UNAVAILABLE',
      message: error.message,
      details: { retryAfterSeconds: STORE_RETRY_AFTER_SECONDS },
    };
  return null;
}

/**
 * Errors of graphql-js, which carry no code, and of its plugins as far as theirs is one of ours.
 */
function tellGraphql(error: GraphQLError, options: FormatOptions): Told | null {
  const given = error.extensions['code'];
  const code = given === undefined ? graphqlFailure(error, options.stage ?? 'execution') : given;
  if (!isErrorCode(code) || code === 'INTERNAL') return null;
  return { code, message: quote(code, error.message, options), details: detailsOf(error) };
}

function quote(code: ErrorCode, message: string, { suggestions = false }: FormatOptions): string {
  // The parser names the token it stumbled over, which may be anything that was pasted into the
  // document.
  if (code === 'GRAPHQL_PARSE_FAILED') return 'Syntax error in the GraphQL document.';
  const shown = suggestions ? message : message.replace(/ Did you mean .*\?$/su, '');
  return shown.length > MAX_QUOTED_MESSAGE_LENGTH
    ? `${shown.slice(0, MAX_QUOTED_MESSAGE_LENGTH)}…`
    : shown;
}

function detailsOf({ extensions }: GraphQLError): ErrorDetails {
  const { retryAfterSeconds, akoolCode } = extensions;
  return {
    ...(typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
    ...(typeof akoolCode === 'number' && { akoolCode }),
  };
}
