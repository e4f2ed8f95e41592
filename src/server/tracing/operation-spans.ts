import type { GraphQLFormattedError } from 'graphql';
import type { Span, SpanAttributes, SpanPlace, Tracer } from '../../runtime/tracing/tracer.ts';
import type { Fanout } from '../fanout/fanout.ts';
import type { Operation } from '../operation.ts';
import type { ErrorWithCode } from '../operation-observer.ts';

type Subscriber = Parameters<Fanout['join']>[2];

/** Characters of an operation's name that are told; callers choose it. */
const NAME_LENGTH = 64;

/**
 * A span as the semantic conventions for GraphQL servers have it: named by the type alone, since
 * callers choose the name. Never the document, which may hold anything. `asked`: what a socket was
 * opened by, which is no reason to keep all that happens on it in one trace.
 */
export function beginOperation(
  tracer: Tracer,
  { type, name }: Pick<Operation, 'type' | 'name'>,
  asked: { readonly handshake?: SpanPlace | null } = {},
): Span {
  const { handshake } = asked;
  return tracer.begin({
    name: type,
    kind: 'server',
    attributes: aboutOperation(type, name),
    ...(handshake !== undefined && { below: null, links: handshake === null ? [] : [handshake] }),
  });
}

/** What the first error was, if there is one. */
export function failWith(span: Span, errors: readonly ErrorWithCode[] | undefined): void {
  const [error] = errors ?? [];
  if (error === undefined) return;
  const code = error.extensions?.['code'];
  span.fail(typeof code === 'string' ? code : 'INTERNAL');
}

/**
 * The subscriber, whose subscription is in a span until it is open, and no longer: it may then last
 * for days.
 */
export function untilOpen(subscriber: Subscriber, span: Span): Subscriber {
  return {
    transport: subscriber.transport,
    opened() {
      span.end();
      subscriber.opened?.();
    },
    send(payload, id) {
      // A stream that is shared may have been open before.
      span.end();
      return subscriber.send(payload, id);
    },
    onceDrained: (run) => subscriber.onceDrained(run),
    complete() {
      span.end();
      subscriber.complete();
    },
    fail(errors: readonly GraphQLFormattedError[]) {
      failWith(span, errors);
      span.end();
      subscriber.fail(errors);
    },
  };
}

function aboutOperation(type: string, name: string | null): SpanAttributes {
  return {
    'graphql.operation.type': type,
    ...(name !== null && { 'graphql.operation.name': name.slice(0, NAME_LENGTH) }),
  };
}
