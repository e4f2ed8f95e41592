import type { ErrorCode } from '../../domain/errors.ts';

/** A record rather than a list, so that a code added to the catalogue and forgotten here does not compile. */
const CODES: Readonly<Record<ErrorCode, true>> = {
  UNAUTHENTICATED: true,
  NOT_FOUND: true,
  INVALID_INPUT: true,
  GRAPHQL_PARSE_FAILED: true,
  GRAPHQL_VALIDATION_FAILED: true,
  BAD_REQUEST: true,
  OPERATION_RESOLUTION_FAILURE: true,
  OPERATION_NOT_ALLOWED: true,
  OPERATION_TOO_COMPLEX: true,
  RATE_LIMITED: true,
  UNAVAILABLE: true,
  TIMEOUT: true,
  AKOOL_UNAVAILABLE: true,
  AKOOL_REJECTED: true,
  AKOOL_PROTOCOL: true,
  INTERNAL: true,
};

/** Whether this is a code of our catalogue. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(CODES, code);
}
