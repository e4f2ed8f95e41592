import type { IncomingMessage, ServerResponse } from 'node:http';
import type { createEndpoints } from '../api/endpoints.ts';
import { type Endpoint, ROUTES } from '../api/routes.ts';
import { answerCredits } from '../credits/credits-route.ts';
import type { Credits } from '../credits/credits.ts';
import type { createFileFinder } from '../files/find-file.ts';
import { sendFile } from '../files/send-file.ts';
import { landingPage } from '../pages/landing-page.ts';
import type { Settings } from '../settings.ts';
import type { Counter } from '../stats.ts';
import { parseFields, parseJson, readBody } from './body.ts';

export interface RequestParts {
  readonly endpoints: ReturnType<typeof createEndpoints>;
  readonly findFile: ReturnType<typeof createFileFinder>;
  readonly credits: Credits;
  readonly counter: Counter;
  readonly settings: Settings;
  /** How others reach the sandbox; no final slash. */
  readonly baseUrl: string;
  /** Aborted when the sandbox closes; late answers then end. */
  readonly stopping: AbortSignal;
}

/**
 * Answers everything that reaches the sandbox: the API, the files, and pages for people. Never
 * throws.
 */
export function createRequestHandler(parts: RequestParts) {
  const { endpoints, findFile, credits, counter, settings, baseUrl, stopping } = parts;

  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = settings.clock.after(milliseconds, resolve);
      stopping.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });

  async function answerApi(
    endpoint: Endpoint,
    query: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = await readBody(request);
    if (body === null) return void response.writeHead(413, { connection: 'close' }).end();
    const { method = '', url: target = '', headers } = request;
    settings.onRequest({ method, target, headers, body });
    const input = method === 'GET' ? Object.fromEntries(query) : parseJson(body);
    counter.count(endpoint, input);
    const reply = await endpoints({ endpoint, headers, input });
    if (reply.delivery === 'cut') return void request.socket.destroy();
    if (reply.delivery === 'late') await pause(settings.lateAnswerMs);
    response
      .writeHead(reply.status, { 'content-type': reply.contentType })
      .end(textOf(reply.content));
  }

  async function answerCreditsPage(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = await readBody(request);
    if (body === null) return void response.writeHead(413, { connection: 'close' }).end();
    const { accept = '', 'content-type': contentType = '' } = request.headers;
    const answer = answerCredits(
      { method: request.method ?? '', accept, input: parseFields(body, contentType) },
      credits,
    );
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/', query] = (request.url ?? '/').split('?', 2);
    const endpoint = ROUTES.get(`${request.method} ${path}`);
    if (endpoint) return answerApi(endpoint, new URLSearchParams(query), request, response);
    if (path === '/credits') return answerCreditsPage(request, response);
    request.resume();
    const file = request.method === 'GET' || request.method === 'HEAD' ? findFile(path) : null;
    if (file) return sendFile(request, response, file);
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    if (path === '/') return void response.end(landingPage(baseUrl));
    response.writeHead(404).end('Not found\n');
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(JSON.stringify({ code: 2001, msg: 'Server error' }));
    });
  };
}

function textOf(content: object | string): string {
  return typeof content === 'string' ? content : JSON.stringify(content);
}
