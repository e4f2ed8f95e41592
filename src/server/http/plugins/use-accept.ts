import type { Plugin } from 'graphql-yoga';
import { clientError } from '../../client-error.ts';
import type { HttpContext } from '../../operation-context.ts';
import { errorResponse } from '../respond.ts';

/** 406 for a client that takes nothing we answer with, before anything runs whose answer it could not take. */
export function useAccept(): Plugin<object, HttpContext> {
  return {
    onRequestParse({ serverContext: { accepted }, fetchAPI, endResponse }) {
      if (accepted.json !== null || accepted.events) return;
      const types = 'application/graphql-response+json, application/json or text/event-stream';
      endResponse(
        errorResponse(fetchAPI, 406, clientError('BAD_REQUEST', `Answers are ${types}.`)),
      );
    },
  };
}
