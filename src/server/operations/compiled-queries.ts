import {
  BREAK,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  Kind,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { ServerLimits } from '../limits.ts';

/** Built-in types that take any text as it is. */
const TEXTS = new Set(['ID', 'String']);

/** Runs operations that are asked for again and again by code that was made for them. */
export interface CompiledQueries {
  /** What graphql-js would answer; null: this is for graphql-js itself. */
  run(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> | null;
}

/** What is known of one operation of one document. */
interface Known {
  readonly operation: OperationDefinitionNode;
  /** Its variables, where each is a text that has to be given; null: some are something else. */
  readonly texts: readonly string[] | null;
  sights: number;
  /** Null: not compiled yet, or forgotten. */
  query: CompiledQuery['query'] | null;
  /** It cannot be compiled, or is not worth it. */
  never: boolean;
}

/**
 * Compiles an operation when it is seen for the `compileAtSight`th time: compiling costs as much as
 * many executions, and most of what strangers send comes once. Mutations are never compiled. Nor
 * are operations whose variables have defaults, or documents with @skip or @include or an alias
 * `__proto__`, where the library and graphql-js differ. Variables are judged by graphql-js, whose
 * words those are that callers know; whatever it finds wrong with them it also answers.
 */
export function createCompiledQueries(options: {
  readonly schema: GraphQLSchema;
  readonly log: Log;
  readonly limits: Pick<ServerLimits, 'compileAtSight' | 'compiledOperations'>;
}): CompiledQueries {
  const { schema, log, limits } = options;
  const documents = new WeakMap<DocumentNode, Map<string | null, Known>>();
  const compiled = new LRUCache<Known, Known>({
    max: limits.compiledOperations,
    dispose(known) {
      known.query = null;
      known.sights = 0;
    },
  });
  let failures = 0;

  const knownOf = ({ document, operationName = null }: ExecutionArgs): Known | null => {
    let operations = documents.get(document);
    if (operations === undefined) {
      operations = new Map();
      documents.set(document, operations);
    }
    const known = operations.get(operationName);
    if (known !== undefined) return known;
    const operation = getOperationAST(document, operationName);
    if (operation === null || operation === undefined) return null;
    const fresh: Known = {
      operation,
      texts: textsOf(operation),
      sights: 0,
      query: null,
      never: !isWorthIt(operation, document),
    };
    operations.set(operationName, fresh);
    return fresh;
  };

  const compile = async (known: Known, document: DocumentNode): Promise<void> => {
    try {
      const { compileQuery, isCompiledQuery } = await import('graphql-jit');
      const made = compileQuery(schema, document, known.operation.name?.value);
      if (!isCompiledQuery(made)) throw made.errors?.[0] ?? new Error('No reason was given');
      known.query = made.query;
      compiled.set(known, known);
    } catch (error) {
      known.never = true;
      failures += 1;
      const fields = { operation: known.operation.name?.value ?? null, failures };
      log.warn({ ...fields, reason: messageOf(error) }, 'An operation could not be compiled');
    }
  };

  return {
    run(args) {
      const known = knownOf(args);
      if (known === null || known.never || args.schema !== schema) return null;
      if (known.query === null) {
        known.sights += 1;
        if (known.sights === limits.compileAtSight) void compile(known, args.document);
        return null;
      }
      compiled.get(known);
      const variables = args.variableValues ?? {};
      // A text is good wherever one is asked for: there is nothing to judge.
      if (known.texts?.every((name) => typeof variables[name] === 'string') !== true) {
        const definitions = known.operation.variableDefinitions ?? [];
        const { errors } = getVariableValues(schema, definitions, variables, { maxErrors: 1 });
        if (errors !== undefined) return null;
      }
      const result = known.query(args.rootValue, args.contextValue, variables);
      return result instanceof Promise ? result.then(withWholeErrors) : withWholeErrors(result);
    },
  };
}

/** The library's own errors are of the right class and lack half of what it promises. */
function withWholeErrors(result: ExecutionResult): ExecutionResult {
  return result.errors === undefined
    ? result
    : { ...result, errors: result.errors.map(wholeError) };
}

function wholeError({ message, locations, path, originalError }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { path, originalError });
  return Object.defineProperty(error, 'locations', { value: locations, enumerable: true });
}

function textsOf({ variableDefinitions = [] }: OperationDefinitionNode): string[] | null {
  const areTexts = variableDefinitions.every(
    ({ type }) =>
      type.kind === Kind.NON_NULL_TYPE &&
      type.type.kind === Kind.NAMED_TYPE &&
      TEXTS.has(type.type.name.value),
  );
  return areTexts ? variableDefinitions.map(({ variable }) => variable.name.value) : null;
}

function isWorthIt(
  { operation, variableDefinitions = [] }: OperationDefinitionNode,
  document: DocumentNode,
): boolean {
  return (
    operation !== OperationTypeNode.MUTATION &&
    variableDefinitions.every(({ defaultValue }) => defaultValue === undefined) &&
    document.loc?.source.body.includes('__proto__') === false &&
    !hasDirectives(document)
  );
}

/**
 * Where a field stands twice and one of the two is left out, the library tells what the fragments
 * in that one select all the same, or orders fields in another way.
 */
function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive() {
      found = true;
      return BREAK;
    },
  });
  return found;
}
