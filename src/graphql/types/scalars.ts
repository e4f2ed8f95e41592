import { GraphQLError, Kind } from 'graphql';
import { builder } from '../builder.ts';

builder.scalarType('HttpUrl', {
  description:
    'An absolute http or https URL, kept byte for byte as given: nothing is normalised, re-encoded or trimmed. ' +
    "Any string passes as input; what is wrong with it is said in InvalidInputError. At most 8,192 characters, no user name or password, no whitespace. AKOOL's servers must be able to open it without signing in.",
  serialize: (url) => url,
  parseValue: (value) => stringOrThrow(value),
  parseLiteral: (node) => stringOrThrow(node.kind === Kind.STRING ? node.value : null),
});

builder.scalarType('DateTime', {
  description:
    'An instant in UTC with milliseconds, as in 2026-05-15T00:46:59.014Z. `new Date(value)` reads it in JavaScript.',
  serialize: (milliseconds) => new Date(milliseconds).toISOString(),
});

function stringOrThrow(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError('HttpUrl takes a string.');
}
