import type { ErrorCode } from '../../domain/errors.ts';

/** What each code tells a frontend's developer, in Markdown. Documentation is printed from it. */
export const ERROR_MEANINGS: Readonly<Record<ErrorCode, string>> = {
  UNAUTHENTICATED: 'The credential is missing, wrong, expired or revoked.',
  NOT_FOUND: "A subscription to an unknown job, or another team's; or a path where nothing is.",
  INVALID_INPUT: 'Variables, a page size or a cursor that cannot be.',
  GRAPHQL_PARSE_FAILED: 'A syntax error in the document.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  BAD_REQUEST:
    'Not a request of GraphQL over HTTP: method, media type, body, or a foreign page or host.',
  OPERATION_RESOLUTION_FAILURE:
    'The document has no operation of that name, or several and none was named.',
  OPERATION_NOT_ALLOWED: 'Only persisted operations are served, and this is none.',
  PERSISTED_QUERY_NOT_FOUND:
    'No persisted operation has this hash, and only those are served: what Apollo Client knows it by.',
  PERSISTED_QUERY_NOT_SUPPORTED:
    'No operation has this hash: send the document, as Apollo Client then does by itself.',
  OPERATION_TOO_COMPLEX: 'It asks for too much at once; the message says what was exceeded.',
  RATE_LIMITED: 'Too much in a short time. Wait `retryAfterSeconds`.',
  UNAVAILABLE:
    'The gateway cannot serve now: its store is away, or it is overloaded or going away. Wait `retryAfterSeconds`.',
  TIMEOUT: 'It took too long. A mutation may still go through: ask again with its key.',
  AKOOL_UNAVAILABLE:
    'AKOOL cannot be reached or limits us, and nothing is known of what was asked for.',
  AKOOL_REJECTED: 'AKOOL refused a read; `akoolCode` is its code.',
  AKOOL_PROTOCOL: 'AKOOL answered something that cannot be understood.',
  INTERNAL: 'A fault of ours. Quote the `requestId`.',
};

/** Whether this is a code of our catalogue. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_MEANINGS, code);
}
