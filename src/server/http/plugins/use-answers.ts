import { isAsyncIterable } from '@envelop/core';
import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { oneEvent, STREAM_HEAD } from '../../sse/event-text.ts';
import type { HttpContext } from '../../operation-context.ts';
import type { Operations } from '../../operations/operations.ts';
import type { HttpFate } from '../../client-error.ts';
import { fateOf, refusalIn } from '../answer.ts';
import { jsonResponse } from '../error-response.ts';

/**
 * Answers with a result as JSON, or as a stream of one event to a client that takes nothing else. Nothing but what `describe`
 * has told of errors leaves here.
 */
export function useAnswers(describe: Operations['describe']): Plugin<object, HttpContext> {
  return {
    onResultProcess({ result, serverContext: { accepted, trace }, setResultProcessor }) {
      if (isAsyncIterable(result) || Array.isArray(result)) return;
      setResultProcessor((_result, fetchAPI) => {
        const told = describe.result(
          isEmpty(result) ? { errors: [new NoAnswerError()] } : result,
          trace,
        );
        const refusal = refusalIn(result.errors);
        const mediaType = accepted.json ?? 'application/json';
        const { status, headers } = fateOf(told, refusal, mediaType);
        const body = JSON.stringify(told);
        // A stream has no status and no Retry-After, and a client that is to wait or to mend its request needs both.
        if (accepted.json === null && !needsStatus(told, refusal)) {
          return new fetchAPI.Response(oneEvent(body), {
            status: 200,
            headers: { ...STREAM_HEAD },
          });
        }
        return jsonResponse(fetchAPI, status, body, {
          'content-type': `${mediaType}; charset=utf-8`,
          ...headers,
        });
      }, 'application/json');
    },
  };
}

/** A library took an abort for the caller's and dropped it, together with the answer. */
class NoAnswerError extends Error {}

function isEmpty({ data, errors }: ExecutionResult): boolean {
  return data === undefined && (errors === undefined || errors.length === 0);
}

function needsStatus(
  { data, errors }: FormattedExecutionResult,
  refusal: HttpFate | null,
): boolean {
  if (data !== undefined) return false;
  const { code, retryAfterSeconds } = errors?.[0]?.extensions ?? {};
  return refusal !== null || code === 'BAD_REQUEST' || retryAfterSeconds !== undefined;
}
