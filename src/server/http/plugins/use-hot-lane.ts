import type { Plugin } from 'graphql-yoga';
import type { HttpContext } from '../../operation-context.ts';
import { createHotLane, type HotLaneParts } from '../hot-lane.ts';

/**
 * Answers known queries at once; see `createHotLane`. The answer is written past Yoga. Null: every
 * request takes the long way.
 */
export function useHotLane(parts: HotLaneParts | null): Plugin<object, HttpContext> {
  if (parts === null) return {};
  const hotLane = createHotLane(parts);
  let sent: Response | undefined;
  return {
    async onRequest({ serverContext, fetchAPI, endResponse }) {
      const answer = await hotLane(serverContext);
      if (answer === null) return;
      const { res } = serverContext;
      if (!res.headersSent && !res.destroyed)
        res.writeHead(answer.status, answer.headers).end(answer.body);
      // It is sent to nobody: the response has its answer.
      sent ??= new fetchAPI.Response(null);
      endResponse(sent);
    },
  };
}
