import type { Plugin } from 'graphql-yoga';
import { clientError } from '../../client-error.ts';
import type { HttpContext } from '../../operation-context.ts';
import { errorResponse } from '../json-answers.ts';

/**
 * 405 for whatever is neither GET nor POST, before Yoga's own check, so that no other gate speaks
 * first.
 */
export function useMethods(): Plugin<object, HttpContext> {
  return {
    onRequest({ serverContext: { req }, fetchAPI, endResponse }) {
      if (req.method === 'GET' || req.method === 'POST') return;
      const error = clientError('BAD_REQUEST', 'GraphQL takes GET and POST.');
      endResponse(errorResponse(fetchAPI, 405, error, { allow: 'GET, POST' }));
    },
  };
}
