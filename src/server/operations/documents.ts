import {
  GraphQLError,
  Lexer,
  NoSchemaIntrospectionCustomRule,
  Source,
  TokenKind,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { ServerLimits } from '../limits.ts';
import { exceededLimits } from '../guards/operation-limits.ts';
import type { PersistedOperations } from '../guards/persisted-operations.ts';
import { refusal } from './client-error.ts';
import { hasConditionalRoot } from '../guards/subscription-root.ts';

/** A document that passed every check, or why it did not. */
export type CheckedDocument =
  | {
      readonly document: DocumentNode;
      /** Names this parsed document; never given twice. */
      readonly id: number;
    }
  | { readonly errors: readonly GraphQLFormattedError[] };

/** The one way from a query's text to something that may be executed, shared by every transport. */
export interface Documents {
  /**
   * Parses, measures and validates, or remembers having done so. Never throws. Codes: GRAPHQL_PARSE_FAILED,
   * OPERATION_TOO_COMPLEX, GRAPHQL_VALIDATION_FAILED; for what is not among `allowed`, OPERATION_NOT_ALLOWED alone.
   */
  check(text: string): CheckedDocument;
}

const NOT_ALLOWED = {
  errors: [
    refusal('OPERATION_NOT_ALLOWED', "Only the operations of this gateway's manifest are allowed."),
  ],
};

const CONDITIONAL_ROOT = {
  errors: [
    refusal(
      'GRAPHQL_VALIDATION_FAILED',
      'The root of a subscription takes no @skip and no @include. Leave the whole subscription out instead.',
    ),
  ],
};

/** Only valid documents are remembered: an invalid one costs little, and a flood of them must not push out the others. */
export function createDocuments(options: {
  readonly schema: GraphQLSchema;
  /** False: introspection is refused and messages suggest no names. */
  readonly explorer: boolean;
  /** The only documents that pass; null: any may. */
  readonly allowed: PersistedOperations | null;
  readonly limits: ServerLimits;
}): Documents {
  const { schema, explorer, allowed, limits } = options;
  const rules = explorer ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const cache = new LRUCache<string, CheckedDocument>({
    max: limits.cachedDocuments,
    maxSize: limits.cachedCharacters,
    sizeCalculation: (_checked, text) => text.length + 1,
  });
  let lastId = 0;

  const checkAnew = (text: string): CheckedDocument => {
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: limits.tokens });
    } catch (error) {
      return allowed === null
        ? { errors: [parseFailure(error, text, limits.tokens)] }
        : NOT_ALLOWED;
    }
    const exceeded = exceededLimits(document, limits);
    if (allowed !== null && (exceeded.length > 0 || !allowed.includes(document)))
      return NOT_ALLOWED;
    if (exceeded.length > 0) return { errors: exceeded };
    if (hasConditionalRoot(document)) return CONDITIONAL_ROOT;
    const invalid = validate(schema, document, rules, {
      maxErrors: limits.validationErrors,
      hideSuggestions: !explorer,
    });
    if (invalid.length > 0)
      return { errors: invalid.map((error) => validationFailure(error, limits)) };
    lastId += 1;
    return { document, id: lastId };
  };

  return {
    check(text) {
      const known = cache.get(text);
      if (known !== undefined) return known;
      const checked = checkAnew(text);
      if ('document' in checked) cache.set(text, checked);
      return checked;
    },
  };
}

/** The place of the mistake and nothing of the text, which may hold what nobody should log. */
function parseFailure(error: unknown, text: string, tokens: number): GraphQLFormattedError {
  if (hasMoreTokens(text, tokens)) {
    return refusal('OPERATION_TOO_COMPLEX', `Too many tokens: at most ${tokens}.`);
  }
  const place = error instanceof GraphQLError ? error.locations?.[0] : undefined;
  if (place === undefined) {
    return refusal('GRAPHQL_PARSE_FAILED', 'The document is not valid GraphQL.');
  }
  return {
    ...refusal(
      'GRAPHQL_PARSE_FAILED',
      `The document is not valid GraphQL: see line ${place.line}, column ${place.column}.`,
    ),
    locations: [place],
  };
}

/** The parser says this in its message only. */
function hasMoreTokens(text: string, tokens: number): boolean {
  const lexer = new Lexer(new Source(text));
  try {
    for (let count = 0; count <= tokens; count += 1) {
      if (lexer.advance().kind === TokenKind.EOF) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function validationFailure(error: GraphQLError, limits: ServerLimits): GraphQLFormattedError {
  const code = error.extensions['code'];
  return {
    message: error.message.slice(0, limits.messageCharacters),
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    extensions: { code: typeof code === 'string' ? code : 'GRAPHQL_VALIDATION_FAILED' },
  };
}
