import {
  getOperationAST,
  OperationTypeNode,
  type ExecutionResult,
  type FormattedExecutionResult,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Authenticate, Identity } from '../../../auth/credentials.ts';
import type { Caller } from '../../../domain/caller.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Tracer } from '../../../runtime/tracing/tracer.ts';
import type { ServerLimits } from '../../limits.ts';
import { createLoadRefusal, type LoadRefusalParts } from '../../load/overload.ts';
import type { HttpContext, PostedParams } from '../../operation-context.ts';
import type { OperationParams } from '../../operation-params.ts';
import type { Operation } from '../../operation.ts';
import type { ValidDocument } from '../../operations/documents/documents.ts';
import type { Operations } from '../../operations/operations.ts';
import {
  withPersistedText,
  type PersistedOperations,
} from '../../operations/persisted/persisted-operations.ts';
import { answerOf, type HttpAnswer } from '../http-answer.ts';
import { isIdentity, isJson } from '../body.ts';
import { identifyOnce, paramsOnce } from '../read-once.ts';
import { endWith } from '../json-answers.ts';
import { createOrigins } from '../origins.ts';
import { beginOperation, failWith } from '../../tracing/operation-spans.ts';

const { QUERY, MUTATION } = OperationTypeNode;

/** What the lane is made of: the same functions that the gates are made of. */
interface HotLaneParts extends LoadRefusalParts {
  readonly operations: Operations;
  readonly authenticate: Authenticate;
  readonly allowedOrigins: readonly string[];
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}

/** Null: the request goes on through every plugin, as if nothing had been. */
type HotLane = (context: HttpContext) => Promise<HttpAnswer | null> | null;

/**
 * Answers what is asked for again and again, past Yoga. Null: every request takes the long way.
 *
 * A POST of a query or a mutation whose document is known, by an admitted caller that takes JSON,
 * is answered without passing through each plugin by itself: that is most of what a request costs.
 * Whatever else it is, the lane leaves it alone, before anything of it was counted or run; who asks
 * and what was posted is then not read again.
 */
export function useHotLane(parts: HotLaneParts | null): Plugin<object, HttpContext> {
  if (parts === null) return {};
  const answer = createHotLane(parts);
  let sent: Response | undefined;
  return {
    onRequest({ serverContext, fetchAPI, endResponse }) {
      return answer(serverContext)?.then((answered) => {
        if (answered === null) return;
        const { status, headers, body } = answered;
        const { res } = serverContext;
        if (!res.headersSent && !res.destroyed) endWith(res.writeHead(status, headers), body);
        serverContext.isAnswered = true;
        // It is sent to nobody: the response has its answer.
        sent ??= new fetchAPI.Response(null);
        endResponse(sent);
      });
    },
  };
}

function createHotLane(parts: HotLaneParts): HotLane {
  const { operations, tracer, clock, limits } = parts;
  const { schema, allowance, contextFor, execution, describe, observer } = operations;
  const origins = createOrigins(parts.allowedOrigins);
  const loadRefusal = createLoadRefusal(parts);

  /** At once, where nothing has to be waited for. */
  const run = (
    operation: Operation,
    caller: Caller,
    context: HttpContext,
  ): FormattedExecutionResult | Promise<FormattedExecutionResult> => {
    const startedAt = clock.now();
    const tell = (result: ExecutionResult): FormattedExecutionResult => {
      const told = describe.result(result, context.trace);
      const facts = { trace: context.trace, caller, operation, transport: 'http' } as const;
      observer.answered(facts, clock.now() - startedAt, told.errors);
      return told;
    };
    const execute = operation.type === MUTATION ? execution.mutation : execution.query;
    const result = execute({
      schema,
      document: operation.document,
      operationName: operation.operationName,
      variableValues: operation.variables,
      contextValue: contextFor(caller),
    });
    return result instanceof Promise ? result.then(tell) : tell(result);
  };

  const runTraced: typeof run = async (operation, caller, context) => {
    const span = beginOperation(tracer, operation);
    try {
      const told = await span.run(() => run(operation, caller, context));
      failWith(span, told.errors);
      return told;
    } finally {
      span.end();
    }
  };
  const runAsAsked = tracer.isOn ? runTraced : run;

  const answer = (
    params: PostedParams,
    caller: Caller,
    context: HttpContext,
  ): HttpAnswer | Promise<HttpAnswer> | null => {
    if (typeof params === 'string' || 'problem' in params) return null;
    const document = knownDocument(params, operations);
    if (document === null) return null;
    const admitted = allowance.admit(document, params, caller);
    if ('errors' in admitted) {
      observer.refused({ trace: context.trace, caller, transport: 'http' }, admitted.errors);
      return answerOf(admitted, context, describe);
    }
    const told = runAsAsked(admitted, caller, context);
    return told instanceof Promise
      ? told.then((later) => answerOf(later, context, describe))
      : answerOf(told, context, describe);
  };

  const answerCaller = (caller: Identity, context: HttpContext): ReturnType<HotLane> => {
    if (caller === null || caller === 'cannot tell') return null;
    const posted = paramsOnce(context, limits.bodyBytes);
    return posted.then((params) => answer(params, caller, context));
  };

  // No async functions: each would keep all its variables, for every request that is under way.
  return (context) => {
    const { req, accepted } = context;
    if (loadRefusal() !== null) return null;
    if (req.method !== 'POST' || accepted.json === null) return null;
    if (!origins.admits(req.headers) || !isJson(req) || !isIdentity(req)) return null;
    const identity = identifyOnce(context, parts);
    return identity instanceof Promise
      ? identity.then((caller) => answerCaller(caller, context))
      : answerCaller(identity, context);
  };
}

/**
 * The known document that the parameters ask a query or a mutation of, by its text or its id; null
 * where there is none, or the parameters are not sound.
 */
function knownDocument(
  params: OperationParams,
  { documents, persisted }: Operations,
): ValidDocument | null {
  if (!isObjectOrNothing(params.variables) || !isObjectOrNothing(params.extensions)) return null;
  const text = textOf(params, persisted);
  const known = text === null ? null : documents.recall(text);
  if (known === null) return null;
  const type = getOperationAST(known.document, params.operationName)?.operation;
  return type === QUERY || type === MUTATION ? known : null;
}

function textOf(params: OperationParams, persisted: PersistedOperations): string | null {
  // Nobody has looked at its type yet.
  if (params.query) return typeof params.query === 'string' ? params.query : null;
  try {
    return withPersistedText(params, persisted).query ?? null;
  } catch {
    // The long way has words for it.
    return null;
  }
}

function isObjectOrNothing(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && !Array.isArray(value));
}
