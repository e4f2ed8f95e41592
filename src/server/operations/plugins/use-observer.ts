import type { Plugin } from '@envelop/core';
import type { Clock } from '../../../runtime/clock.ts';
import type { OperationContext } from '../../operation-context.ts';
import type { OperationObserver } from '../../operation-observer.ts';
import { asGraphqlError } from '../as-graphql-error.ts';
import { errorsIn } from '../describe-errors.ts';

/** Tells the observer of every operation: refused, answered or begun. */
export function useObserver(observer: OperationObserver, clock: Clock): Plugin<OperationContext> {
  return {
    onParse() {
      return ({ context, result }) => {
        if (result instanceof Error) observer.refused(context, errorsIn(result));
      };
    },
    onValidate() {
      return ({ context, valid, result }) => {
        if (!valid) observer.refused(context, result.map(asGraphqlError));
      };
    },
    onExecute({ context: { trace, caller, operation } }) {
      if (operation === undefined) return undefined;
      const startedAt = clock.now();
      return {
        onExecuteDone({ result }) {
          const errors = 'errors' in result ? result.errors : undefined;
          observer.answered({ trace, caller, operation }, clock.now() - startedAt, errors);
        },
      };
    },
    onSubscribe({ context: { trace, caller, operation } }) {
      if (operation !== undefined) observer.subscribed({ trace, caller, operation });
    },
  };
}
