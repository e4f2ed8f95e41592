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
  type ValidationRule,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { ServerLimits } from './limits.ts';
import { exceededLimits } from './operation-limits.ts';
import { refusal } from './refusal.ts';

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
   * OPERATION_TOO_COMPLEX, GRAPHQL_VALIDATION_FAILED.
   */
  check(text: string): CheckedDocument;
}

/** Only valid documents are remembered: an invalid one costs little, and a flood of them must not push out the others. */
export function createDocuments(options: {
  readonly schema: GraphQLSchema;
  /** Checked after the specification's own. */
  readonly validationRules: readonly ValidationRule[];
  /** False: introspection is refused and messages suggest no names. */
  readonly explorer: boolean;
  readonly limits: ServerLimits;
}): Documents {
  const { schema, explorer, limits } = options;
  const rules = [
    ...specifiedRules,
    ...(explorer ? [] : [NoSchemaIntrospectionCustomRule]),
    ...options.validationRules,
  ];
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
      return { errors: [parseFailure(error, text, limits.tokens)] };
    }
    const exceeded = exceededLimits(document, limits);
    if (exceeded.length > 0) return { errors: exceeded };
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
