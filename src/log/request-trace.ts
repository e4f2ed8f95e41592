import { randomUUID } from 'node:crypto';
import type { Log } from '../runtime/log.ts';

/** Tells an unexpected error to the log and answers the request id under which it stands there. */
export type Report = (error: unknown) => string;

/** One request, or one operation on a socket, as the log knows it. */
export interface RequestTrace {
  /** In every line about it, and in the answer when the error is INTERNAL. */
  readonly requestId: string;
  readonly report: Report;
}

/** A trace with an id of its own. Unexpected errors are logged at level error, with their stack. */
export function createRequestTrace(log: Log): RequestTrace {
  const requestId = randomUUID();
  return {
    requestId,
    report(error) {
      log.error({ requestId, error }, 'Unexpected error');
      return requestId;
    },
  };
}
