import type { Plugin } from 'graphql-yoga';
import { clientError } from '../../client-error.ts';
import type { HttpContext } from '../../operation-context.ts';
import { errorResponse } from '../json-answers.ts';

/**
 * 406 for a client that takes nothing we answer with, before anything runs whose answer it could
 * not take.
 */
export function useAccept(): Plugin<object, HttpContext> {
  return {
    onRequestParse({ serverContext: { accepted }, fetchAPI, endResponse }) {
      if (accepted.json !== null || accepted.stream !== null) return;
      const types =
        'application/graphql-response+json, application/json, text/event-stream or multipart/mixed;subscriptionSpec=1.0';
      endResponse(
        errorResponse(fetchAPI, 406, clientError('BAD_REQUEST', `Answers are ${types}.`)),
      );
    },
  };
}
