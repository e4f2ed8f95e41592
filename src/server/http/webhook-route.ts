import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { WebhookVerdict } from '../../jobs/webhooks/webhooks.ts';
import { answerError, answerJson, dropRest } from './json-answers.ts';
import { readBody } from './body.ts';
import type { ServerLimits } from '../limits.ts';
import { clientError } from '../client-error.ts';

/**
 * Takes a webhook of AKOOL's. `token` is the last part of its path: letters, digits, `-` and `_`,
 * unchecked otherwise.
 */
export type WebhookHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
) => Promise<void>;

export interface WebhookRouteParts {
  /** Takes one webhook; a rejection means that it could not be recorded. */
  readonly receive: (token: string, body: Uint8Array) => Promise<WebhookVerdict>;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: Pick<ServerLimits, 'bodyBytes' | 'lingerMs'>;
}

/**
 * `POST /webhooks/akool/{token}`. AKOOL sends a webhook again until it gets exactly 200, so that is
 * the answer once the webhook is durable, and never before. Everything malformed gets one and the
 * same answer: a telling one would be an oracle.
 */
export function createWebhookRoute(parts: WebhookRouteParts): WebhookHandler {
  const { receive, log, clock, limits } = parts;

  return async (request, response, token) => {
    const refuse = (
      status: number,
      error: Parameters<typeof clientError>,
      headers: Record<string, string> = {},
    ): void => {
      answerError(response, status, clientError(...error).told, headers);
      dropRest(request, clock, limits.lingerMs);
    };
    if (request.method !== 'POST') {
      return refuse(405, ['BAD_REQUEST', 'Webhooks are POSTed.'], { allow: 'POST' });
    }
    const body = await readBody(request, limits.bodyBytes);
    if (body === 'gone') return undefined;
    let verdict: WebhookVerdict;
    try {
      // One that is too large is malformed like any other, but only for a token that we know.
      verdict = await receive(token, body === 'too large' ? new Uint8Array() : body);
    } catch (error) {
      const message = messageOf(error);
      log.error({ error: message }, 'A webhook could not be recorded');
      const words = 'Not recorded. Send it again.';
      return refuse(503, ['UNAVAILABLE', words, { retryAfterSeconds: 5 }]);
    }
    switch (verdict) {
      case 'accepted':
        return answerJson(response, 200, '{"received":true}');
      case 'unknown':
        return refuse(404, ['NOT_FOUND', 'There is nothing here.']);
      case 'malformed':
        return refuse(400, ['BAD_REQUEST', 'Not a webhook of this account.']);
    }
  };
}
