import type { Plugin } from 'graphql-yoga';
import { createLoadRefusal, type LoadRefusalParts } from '../../load/overload.ts';
import { errorResponse } from '../json-answers.ts';

/**
 * 503 while the process is overloaded or going away: before anything else of the request is looked
 * at.
 */
export function useLoadShedding(parts: LoadRefusalParts): Plugin {
  const loadRefusal = createLoadRefusal(parts);
  return {
    onRequest({ fetchAPI, endResponse }) {
      const refusal = loadRefusal();
      if (refusal !== null) endResponse(errorResponse(fetchAPI, 503, refusal));
    },
  };
}
