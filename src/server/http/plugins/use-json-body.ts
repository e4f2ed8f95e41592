import type { FetchAPI, Plugin } from 'graphql-yoga';
import { clientError } from '../../client-error.ts';
import type { ServerLimits } from '../../limits.ts';
import type { HttpContext } from '../../operation-context.ts';
import type { BadParams, OperationParams } from '../../operation-params.ts';
import { isIdentity, isJson } from '../body.ts';
import { errorResponse } from '../json-answers.ts';
import { paramsOfSearch, paramsOnce } from '../read-once.ts';

/**
 * Reads the parameters, instead of every parser of Yoga's: a POST is application/json in UTF-8, or
 * 415 at once; its body is read from the connection once the caller is admitted, and counted while
 * it comes (413). Nothing else can cause anything: it is the one kind of request that a foreign
 * page cannot send without asking first.
 */
export function useJsonBody(limits: Pick<ServerLimits, 'bodyBytes'>): Plugin<object, HttpContext> {
  const refuse = (fetchAPI: FetchAPI, status: number, message: string): Response =>
    errorResponse(fetchAPI, status, clientError('BAD_REQUEST', message));
  const orRefusal = (
    fetchAPI: FetchAPI,
    params: OperationParams | BadParams,
  ): OperationParams | Response =>
    'problem' in params ? refuse(fetchAPI, 400, params.problem) : params;

  return {
    onRequestParse({ serverContext, setRequestParser, fetchAPI, endResponse }) {
      const { req, search } = serverContext;
      if (req.method === 'GET') {
        setRequestParser(() => orRefusal(fetchAPI, paramsOfSearch(search)));
        return;
      }
      const takes = isJson(req)
        ? { 'accept-encoding': 'identity' }
        : { accept: 'application/json' };
      if (!isJson(req) || !isIdentity(req)) {
        const message = 'POST bodies must be application/json in UTF-8, not encoded.';
        endResponse(errorResponse(fetchAPI, 415, clientError('BAD_REQUEST', message), takes));
        return;
      }
      setRequestParser(async () => {
        const params = await paramsOnce(serverContext, limits.bodyBytes);
        if (params === 'too large') {
          return refuse(fetchAPI, 413, `The body is larger than ${limits.bodyBytes} bytes.`);
        }
        // Nobody is there to read the answer.
        if (params === 'gone') return refuse(fetchAPI, 400, 'The request was cut short.');
        return orRefusal(fetchAPI, params);
      });
    },
  };
}
