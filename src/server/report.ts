import type { Log } from '../runtime/log.ts';
import type { Report } from './operations.ts';

/** Logs unexpected errors at level error, each under the id that the caller is given. */
export function createReport(log: Log, requestId: () => string): Report {
  return (error) => {
    const id = requestId();
    log.error({ requestId: id, error }, 'Unexpected error');
    return id;
  };
}
