import type { Tracer } from '../../runtime/tracing/tracer.ts';
import type { OperationObserver } from '../operation-observer.ts';
import { failWith } from '../tracing/operation-spans.ts';

/** A span for what was refused before anybody could tell which operation it is. */
export function createRefusalSpans(tracer: Tracer): OperationObserver {
  return {
    answered: () => undefined,
    subscribed: () => undefined,
    refused(_facts, errors) {
      const span = tracer.begin({ name: 'GraphQL Operation', kind: 'server' });
      failWith(span, errors);
      span.end();
    },
  };
}
