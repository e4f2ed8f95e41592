import type { Log, LogFields } from '../../runtime/log.ts';
import type { ErrorWithCode, OperationFacts, OperationObserver } from '../operation-observer.ts';

/** Characters of an operation's name that are logged; callers choose it. */
const NAME_LENGTH = 64;

/**
 * One line for each operation: request id, team, kind, the operation's name and, where there are
 * errors, the first one's code. Never variables, never the document. At level debug: at info they
 * would be most of the log.
 */
export function createAccessLog(log: Log): OperationObserver {
  return {
    answered(facts, ms, errors) {
      const fields = fieldsOf(facts, ms);
      log.debug(
        errors === undefined ? fields : { ...fields, ...codeOf(errors) },
        'Operation answered',
      );
    },
    subscribed(facts) {
      log.debug(fieldsOf(facts), 'Subscription begun');
    },
    refused({ trace, caller }, errors) {
      const fields = { requestId: trace.requestId, team: caller.team, ...codeOf(errors) };
      log.debug(fields, 'Operation refused');
    },
  };
}

/** A time that is not there has no place in the line. */
function fieldsOf({ trace, caller, operation }: OperationFacts, ms?: number): LogFields {
  return {
    requestId: trace.requestId,
    team: caller.team,
    kind: operation.type,
    operation: operation.name?.slice(0, NAME_LENGTH) ?? null,
    ms,
  };
}

function codeOf(errors: readonly ErrorWithCode[] | undefined): object {
  const code = errors?.[0]?.extensions?.['code'];
  return code === undefined ? {} : { code };
}
