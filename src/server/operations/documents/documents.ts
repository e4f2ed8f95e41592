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
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { ServerLimits } from '../../limits.ts';
import { exceededLimits } from './operation-limits.ts';
import type { PersistedOperations } from '../persisted/persisted-operations.ts';
import { clientError } from '../../client-error.ts';
import type { Refused } from '../../operation.ts';
import { hasConditionalRoot } from './subscription-root.ts';

/** A document that passed every check. */
export interface ValidDocument {
  readonly document: DocumentNode;
  /** Names this parsed document; never given twice. */
  readonly id: number;
}

/** A document that did not. */
export interface InvalidDocument extends Refused {
  /**
   * What may be looked at all the same: it is only wrong for the schema. Null: it does not parse,
   * is too large or not allowed.
   */
  readonly document: DocumentNode | null;
}

export type CheckedDocument = ValidDocument | InvalidDocument;

/** The one way from a query's text to something that may be executed, shared by every transport. */
export interface Documents {
  /**
   * Parses, measures and validates, or remembers having done so. Never throws. Codes:
   * GRAPHQL_PARSE_FAILED, OPERATION_TOO_COMPLEX, GRAPHQL_VALIDATION_FAILED; for what is not among
   * `allowed`, OPERATION_NOT_ALLOWED alone.
   */
  check(text: string): CheckedDocument;
  /** A valid document that is remembered; null: `check` has to be asked. */
  recall(text: string): ValidDocument | null;
  /**
   * The same for a document that is parsed: one of `check`, or another that a plugin put in its
   * place.
   */
  checkDocument(document: DocumentNode): CheckedDocument;
}

const NOT_ALLOWED: InvalidDocument = {
  document: null,
  errors: [
    clientError(
      'OPERATION_NOT_ALLOWED',
      "Only the operations of this gateway's manifest are allowed.",
    ),
  ],
};

const CONDITIONAL_ROOT =
  'The root of a subscription takes no @skip and no @include. Leave the whole subscription out instead.';

/**
 * Only valid documents are remembered: an invalid one costs little, and a flood of them must not
 * push out the others.
 */
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
  const cache = new LRUCache<string, ValidDocument>({
    max: limits.cachedDocuments,
    maxSize: limits.cachedCharacters,
    sizeCalculation: (_checked, text) => text.length + 1,
  });
  const byDocument = new WeakMap<DocumentNode, CheckedDocument>();
  let lastId = 0;

  const judge = (document: DocumentNode): CheckedDocument => {
    const exceeded = exceededLimits(document, limits);
    if (allowed !== null && (exceeded.length > 0 || !allowed.includes(document)))
      return NOT_ALLOWED;
    if (exceeded.length > 0) return { document: null, errors: exceeded };
    if (hasConditionalRoot(document)) {
      return { document, errors: [clientError('GRAPHQL_VALIDATION_FAILED', CONDITIONAL_ROOT)] };
    }
    const invalid = validate(schema, document, rules, {
      maxErrors: limits.validationErrors,
      hideSuggestions: !explorer,
    });
    if (invalid.length > 0)
      return { document, errors: invalid.map((error) => validationFailure(error, limits)) };
    lastId += 1;
    return { document, id: lastId };
  };
  const checkDocument = (document: DocumentNode): CheckedDocument => {
    const known = byDocument.get(document);
    if (known !== undefined) return known;
    const checked = judge(document);
    byDocument.set(document, checked);
    return checked;
  };
  const checkAnew = (text: string): CheckedDocument => {
    let document: DocumentNode;
    try {
      document = parse(text, { maxTokens: limits.tokens });
    } catch (error) {
      return allowed === null
        ? { document: null, errors: [parseFailure(error, text, limits.tokens)] }
        : NOT_ALLOWED;
    }
    return checkDocument(document);
  };

  return {
    checkDocument,
    recall: (text) => cache.get(text) ?? null,
    check(text) {
      const known = cache.get(text);
      if (known !== undefined) return known;
      const checked = checkAnew(text);
      if ('id' in checked) cache.set(text, checked);
      return checked;
    },
  };
}

/** The place of the mistake and nothing of the text, which may hold what nobody should log. */
function parseFailure(error: unknown, text: string, tokens: number): GraphQLError {
  if (hasMoreTokens(text, tokens)) {
    return clientError('OPERATION_TOO_COMPLEX', `Too many tokens: at most ${tokens}.`);
  }
  const place = error instanceof GraphQLError ? error.locations?.[0] : undefined;
  if (!(error instanceof GraphQLError) || place === undefined) {
    return clientError('GRAPHQL_PARSE_FAILED', 'The document is not valid GraphQL.');
  }
  return clientError(
    'GRAPHQL_PARSE_FAILED',
    `The document is not valid GraphQL: see line ${place.line}, column ${place.column}.`,
    {},
    { source: error.source, positions: error.positions },
  );
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

function validationFailure(error: GraphQLError, limits: ServerLimits): GraphQLError {
  const message = error.message.slice(0, limits.messageCharacters);
  return clientError('GRAPHQL_VALIDATION_FAILED', message, {}, { nodes: error.nodes });
}
