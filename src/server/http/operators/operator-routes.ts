import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson } from '../json-answers.ts';
import { asksOpenMetrics } from './asks-open-metrics.ts';

/** What operators may read of a running gateway. */
export interface OperatorPages {
  /** The figures, as OpenMetrics or as Prometheus' text. */
  metrics(inOpenMetrics: boolean): Promise<{ readonly contentType: string; readonly body: string }>;
  /** How the gateway stands, for people, as JSON. */
  status(): Promise<object>;
}

/**
 * Who may read them at one listener: whoever comes, whoever presents the token as a bearer, or
 * nobody.
 */
export type OperatorAccess = 'everybody' | 'nobody' | { readonly token: string };

/** The pages behind one access. For whoever may not read, they do not exist. */
export interface OperatorRoutes {
  mayRead(request: IncomingMessage): boolean;
  /** Answers with the figures. */
  answerMetrics(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Answers with how the gateway stands, under the status of /ready. */
  answerStatus(response: ServerResponse, ready: boolean): Promise<void>;
}

/** The routes of one listener. */
export function createOperatorRoutes(pages: OperatorPages, access: OperatorAccess): OperatorRoutes {
  return {
    mayRead({ method, headers }) {
      if (method !== 'GET' && method !== 'HEAD') return false;
      if (typeof access === 'string') return access === 'everybody';
      return isBearer(headers.authorization, access.token);
    },
    async answerMetrics({ headers, method }, response) {
      const { contentType, body } = await pages.metrics(asksOpenMetrics(headers.accept));
      response.writeHead(200, {
        'content-type': contentType,
        'content-length': Buffer.byteLength(body),
        vary: 'accept',
      });
      response.end(method === 'HEAD' ? undefined : body);
    },
    async answerStatus(response, ready) {
      const status = await pages.status();
      answerJson(response, ready ? 200 : 503, JSON.stringify({ ready, ...status }));
    },
  };
}

/** Whether the query of /ready asks for more than its yes or no. */
export function asksVerbosely(search: string): boolean {
  return new URLSearchParams(search).has('verbose');
}

/** In a time that tells nothing of how near a guess was. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const presented = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(presented), digest(token));
}
