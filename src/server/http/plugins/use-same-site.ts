import type { Plugin } from 'graphql-yoga';
import { clientError } from '../../client-error.ts';
import type { HttpContext } from '../../operation-context.ts';
import { errorResponse } from '../json-answers.ts';
import { createOrigins, foreignOrigin } from '../origins.ts';

/** 403 for what a page of another site sends. */
export function useSameSite(allowedOrigins: readonly string[]): Plugin<object, HttpContext> {
  const origins = createOrigins(allowedOrigins);
  return {
    onRequestParse({ serverContext: { req }, fetchAPI, endResponse }) {
      const { method, headers } = req;
      if (method === 'GET' ? origins.admitsGet(headers) : origins.admits(headers)) return;
      const message = origins.admits(headers)
        ? 'A request from a page of another site is refused.'
        : foreignOrigin(headers);
      endResponse(errorResponse(fetchAPI, 403, clientError('BAD_REQUEST', message)));
    },
  };
}
