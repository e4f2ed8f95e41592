import type { Plugin } from '@envelop/core';
import { endingIfThrown, type Tracer } from '../../../runtime/tracing/tracer.ts';
import type { OperationContext } from '../../operation-context.ts';
import { beginOperation, failWith } from '../../tracing/operation-spans.ts';

/**
 * A span around every query and mutation, with the code that its caller is told. Behind what tells
 * errors, so that nothing else is ever in it; subscriptions have theirs where they are opened.
 */
export function useSpans(tracer: Tracer): Plugin<OperationContext> {
  if (!tracer.isOn) return {};
  return {
    onExecute({ context, executeFn, setExecuteFn }) {
      const { operation } = context;
      if (operation === undefined) return undefined;
      const span = beginOperation(tracer, operation, context);
      // What is thrown passes by the end that results come to.
      setExecuteFn((args) => span.run(() => endingIfThrown(span, () => executeFn(args))));
      return {
        onExecuteDone({ result }) {
          failWith(span, 'errors' in result ? result.errors : undefined);
          span.end();
        },
      };
    },
  };
}
