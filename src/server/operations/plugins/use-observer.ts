import type { Plugin } from '@envelop/core';
import { OperationTypeNode } from 'graphql';
import type { Clock } from '../../../runtime/clock.ts';
import type { HttpContext, OperationContext } from '../../operation-context.ts';
import type { OperationFacts, OperationObserver, Transport } from '../../operation-observer.ts';
import type { Operation } from '../../operation.ts';
import { asGraphqlError } from '../as-graphql-error.ts';
import { errorsIn } from '../describe-errors.ts';

/** Tells the observer of every operation: refused, answered or begun. */
export function useObserver(observer: OperationObserver, clock: Clock): Plugin<OperationContext> {
  return {
    onParse() {
      return ({ context, result }) => {
        if (result instanceof Error) observer.refused(factsOf(context), errorsIn(result));
      };
    },
    onValidate() {
      return ({ context, valid, result }) => {
        if (!valid) observer.refused(factsOf(context), result.map(asGraphqlError));
      };
    },
    onExecute({ context }) {
      const { operation } = context;
      if (operation === undefined) return undefined;
      const startedAt = clock.now();
      return {
        onExecuteDone({ result }) {
          const errors = 'errors' in result ? result.errors : undefined;
          observer.answered({ ...factsOf(context), operation }, clock.now() - startedAt, errors);
        },
      };
    },
    onSubscribe({ context }) {
      const { operation } = context;
      if (operation !== undefined) observer.subscribed({ ...factsOf(context), operation });
    },
  };
}

function factsOf(
  context: OperationContext & Partial<HttpContext>,
): Omit<OperationFacts, 'operation'> {
  const { trace, caller, operation } = context;
  return { trace, caller, transport: transportOf(context, operation) };
}

/** Only HTTP's contexts know what the client takes. */
function transportOf(
  { accepted }: Partial<HttpContext>,
  operation: Operation | undefined,
): Transport {
  if (accepted === undefined) return 'websocket';
  if (operation?.type !== OperationTypeNode.SUBSCRIPTION) return 'http';
  return accepted.stream === 'multipart/mixed' ? 'multipart' : 'sse';
}
