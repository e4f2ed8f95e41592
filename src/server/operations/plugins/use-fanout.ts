import type { Plugin } from '@envelop/core';
import { clientError } from '../../client-error.ts';
import type { Tracer } from '../../../runtime/tracing/tracer.ts';
import type { Fanout } from '../../fanout/fanout.ts';
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
  return {
    onSubscribe({ context, setSubscribeFn }) {
      setSubscribeFn(() => {
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
      });
    },
  };
}
