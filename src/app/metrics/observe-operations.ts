import { ERROR_MEANINGS } from '../../graphql/format-error/error-codes.ts';
import type {
  ErrorWithCode,
  OperationFacts,
  OperationObserver,
} from '../../server/operation-observer.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';

/** Callers choose names, so all but those that are known are one. */
const OTHER = 'other';

/**
 * Counts every operation, whatever its transport. `names`: of the operations that are told apart.
 */
export function observeOperations(
  { operations, operationSeconds, refusals }: Metrics,
  names: ReadonlySet<string>,
): OperationObserver {
  const nameOf = ({ operation: { name } }: OperationFacts): string =>
    name !== null && names.has(name) ? name : OTHER;

  return {
    answered(facts, ms, errors) {
      const name = nameOf(facts);
      const { type } = facts.operation;
      operations.at(name, type, facts.transport, outcomeOf(errors)).add();
      operationSeconds.at(name, type, facts.transport).observe(ms / 1000);
    },
    subscribed(facts) {
      operations.at(nameOf(facts), facts.operation.type, facts.transport, 'ok').add();
    },
    refused({ transport }, errors) {
      refusals.at(transport, outcomeOf(errors)).add();
    },
  };
}

/** Plugins may answer with codes of their own, which are as many as they like. */
function outcomeOf(errors: readonly ErrorWithCode[] | undefined): string {
  const [error] = errors ?? [];
  if (error === undefined) return 'ok';
  const code = error.extensions?.['code'];
  return typeof code === 'string' && code in ERROR_MEANINGS ? code : 'INTERNAL';
}
