import type { GraphQLFormattedError } from 'graphql';
import type { Caller } from '../../domain/caller.ts';
import type { Log } from '../../runtime/log.ts';
import type { Operation } from '../operation.ts';
import type { Trace } from '../../log/trace.ts';

/**
 * One line for each operation: request id, team, kind, the operation's name and, where there are errors, the first one's code.
 * Never variables, never the document. At level debug: at info they would be most of the log.
 */
export interface AccessLog {
  /** A query or mutation was answered, `ms` after it began. */
  answered(facts: OperationFacts, ms: number, errors: readonly ErrorWithCode[] | undefined): void;
  /** A subscription begins. */
  subscribed(facts: OperationFacts): void;
  /** A request was refused before it could run. */
  refused(facts: Omit<OperationFacts, 'operation'>, errors: readonly ErrorWithCode[]): void;
}

type ErrorWithCode = Pick<GraphQLFormattedError, 'extensions'>;

/** Whose operation it is. */
export interface OperationFacts {
  readonly trace: Trace;
  readonly caller: Caller;
  readonly operation: Operation;
}

/** Characters of an operation's name that are logged; callers choose it. */
const NAME_LENGTH = 64;

/** An access log. */
export function createAccessLog(log: Log): AccessLog {
  const fieldsOf = ({ trace, caller, operation }: OperationFacts) => ({
    requestId: trace.requestId,
    team: caller.team,
    kind: operation.type,
    operation: operation.name?.slice(0, NAME_LENGTH) ?? null,
  });
  return {
    answered(facts, ms, errors) {
      log.debug({ ...fieldsOf(facts), ms, ...codeOf(errors) }, 'Operation answered');
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

function codeOf(errors: readonly ErrorWithCode[] | undefined): object {
  const code = errors?.[0]?.extensions?.['code'];
  return code === undefined ? {} : { code };
}
