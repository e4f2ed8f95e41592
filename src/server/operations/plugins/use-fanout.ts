import type { Plugin } from '@envelop/core';
import type { ExecutionResult } from 'graphql';
import { clientError } from '../../client-error.ts';
import type { Tracer } from '../../../runtime/tracing/tracer.ts';
import type { Fanout } from '../../fanout/fanout.ts';
import type { ParkedSubscriber } from '../../fanout/parked-subscriber.ts';
import type { OperationContext } from '../../operation-context.ts';
import { beginOperation, untilOpen } from '../../tracing/operation-spans.ts';
import type { OpenPayloads } from '../payload-streams.ts';

/**
 * Opens subscriptions: whoever watches the same thing is put into one group, for which each event
 * is executed once. What other plugins see of the stream is its end; its payloads are written past
 * them.
 */
export function useFanout(
  fanout: Fanout,
  open: OpenPayloads,
  tracer: Tracer,
): Plugin<OperationContext> {
  // A function of its own, so that what a group keeps to open its stream by keeps no context.
  const parked = (context: OperationContext): ParkedSubscriber | ExecutionResult => {
    const { operation, subscriber, caller, trace } = context;
    if (operation === undefined || subscriber === undefined) {
      return { errors: [clientError('INTERNAL', 'Nobody takes the events.')] };
    }
    const { shareKey } = operation;
    const key = shareKey === null ? null : JSON.stringify([caller.team, shareKey]);
    const opening = () => open(operation, caller, trace);
    if (!tracer.isOn) return subscriber.park(() => fanout.join(key, opening, subscriber));
    const span = beginOperation(tracer, operation, context);
    return subscriber.park(() => {
      const leave = span.run(() => fanout.join(key, opening, untilOpen(subscriber, span)));
      return () => {
        span.end();
        leave();
      };
    });
  };
  return {
    onSubscribe({ context, setSubscribeFn }) {
      setSubscribeFn(() => parked(context));
    },
  };
}
