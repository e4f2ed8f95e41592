import { isAsyncIterable } from '@envelop/core';
import type { Plugin } from 'graphql-yoga';
import type { HttpContext } from '../../operation-context.ts';
import type { Operations } from '../../operations/operations.ts';
import { answerOf } from '../http-answer.ts';

/**
 * Answers with a result as JSON, or as a stream of one payload to a client that takes nothing else.
 * Nothing but what `describe` has told of errors leaves here.
 */
export function useAnswers(describe: Operations['describe']): Plugin<object, HttpContext> {
  return {
    onResultProcess({ result, serverContext, setResultProcessor }) {
      if (isAsyncIterable(result) || Array.isArray(result)) return;
      setResultProcessor((_result, fetchAPI) => {
        const { body, status, headers } = answerOf(result, serverContext, describe);
        return new fetchAPI.Response(body, { status, headers });
      }, 'application/json');
    },
  };
}
