import type { ExecutionResult, FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { execute, getOperationAST, parse, subscribe, validate } from 'graphql';
import { createContext } from '../../../src/graphql/context.ts';
import { noMedia } from '../../../src/media/no-media.ts';
import type { FormatOptions } from '../../../src/graphql/format-error/format-error.ts';
import { formatError } from '../../../src/graphql/format-error/format-error.ts';
import { createCostCheck } from '../../../src/graphql/operation-cost.ts';
import { buildSchema } from '../../../src/graphql/schema.ts';
import type { Jobs } from '../../../src/jobs/jobs.ts';
import type { Media } from '../../../src/media/media.ts';

const schema = buildSchema();
const checkCost = createCostCheck(schema);
const caller = { team: 'team-1', expiresAt: null };

/** What a caller of the schema sees, with errors formatted as every transport formats them. */
export type Answer = FormattedExecutionResult<Record<string, unknown>>;

/** Parses, validates, weighs and runs one query or mutation without any transport. */
export async function ask(
  jobs: Jobs,
  source: string,
  variableValues: Record<string, unknown> = {},
  options: FormatOptions = {},
  media: Media = noMedia,
): Promise<Answer> {
  const prepared = prepare(source, variableValues, options);
  if ('errors' in prepared) return prepared;
  return tell(await execute(argumentsOf(jobs, prepared.document, variableValues, media)), options);
}

/** Subscribes; an answer instead of a stream means that it was refused. */
export async function watch(
  jobs: Jobs,
  source: string,
  variableValues: Record<string, unknown> = {},
): Promise<AsyncGenerator<ExecutionResult> | Answer> {
  const prepared = prepare(source, variableValues, {});
  if ('errors' in prepared) return prepared;
  const result = await subscribe(argumentsOf(jobs, prepared.document, variableValues, noMedia));
  return Symbol.asyncIterator in result ? result : tell(result, {});
}

/** The code of an answer's only error. */
export function codeOf(answer: Answer): unknown {
  if (answer.errors?.length !== 1) throw new Error(`One error expected: ${JSON.stringify(answer)}`);
  return answer.errors[0]?.extensions?.['code'];
}

function prepare(
  source: string,
  variableValues: Record<string, unknown>,
  options: FormatOptions,
): { document: ReturnType<typeof parse> } | { errors: GraphQLFormattedError[] } {
  try {
    const document = parse(source);
    const errors = validate(schema, document);
    if (errors.length > 0) return { errors: format(errors, options, 'validation') };
    const operation = getOperationAST(document);
    if (operation) checkCost(document, operation, variableValues);
    return { document };
  } catch (error) {
    return { errors: format([error], options) };
  }
}

function argumentsOf(
  jobs: Jobs,
  document: ReturnType<typeof parse>,
  variableValues: Record<string, unknown>,
  media: Media,
): Parameters<typeof execute>[0] {
  return { schema, document, variableValues, contextValue: createContext(caller, jobs, media) };
}

function tell({ data, errors }: ExecutionResult, options: FormatOptions): Answer {
  return {
    ...(data !== undefined && { data }),
    ...(errors && { errors: format(errors, options) }),
  };
}

function format(
  errors: readonly unknown[],
  options: FormatOptions,
  stage?: FormatOptions['stage'],
): GraphQLFormattedError[] {
  return errors.map((error) =>
    formatError(error, () => 'request-1', { ...options, ...(stage && { stage }) }),
  );
}
