import type { Plugin } from '@envelop/core';
import { errorType } from '../../../runtime/tracing/in-span.ts';
import type { Span, Tracer } from '../../../runtime/tracing/tracer.ts';
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
      setExecuteFn((args) => span.run(() => orEnd(span, () => executeFn(args))));
      return {
        onExecuteDone({ result }) {
          failWith(span, 'errors' in result ? result.errors : undefined);
          span.end();
        },
      };
    },
  };
}

/** What is thrown passes by the end that results come to. */
function orEnd<Result>(span: Span, work: () => Result): Result {
  const failed = (error: unknown): void => {
    span.fail(errorType(error));
    span.end();
  };
  try {
    const result = work();
    if (result instanceof Promise) result.catch(failed);
    return result;
  } catch (error) {
    failed(error);
    throw error;
  }
}
