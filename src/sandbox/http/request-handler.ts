import type { IncomingMessage, ServerResponse } from 'node:http';
import type { createEndpoints } from '../api/endpoints.ts';
import { type Endpoint, ROUTES } from '../api/routes.ts';
import type { createFileFinder } from '../files/find-file.ts';
import { sendFile } from '../files/send-file.ts';
import { landingPage } from '../landing-page.ts';
import type { Settings } from '../settings.ts';
import type { Counter } from '../stats.ts';
import { parseJson, readBody } from './body.ts';

/** What answering requests needs of the sandbox. */
export interface RequestParts {
  readonly endpoints: ReturnType<typeof createEndpoints>;
  readonly findFile: ReturnType<typeof createFileFinder>;
  readonly counter: Counter;
  readonly settings: Settings;
  /** How others reach the sandbox, without a final slash. */
  readonly baseUrl: string;
  /** Aborted when the sandbox closes; late answers then end. */
  readonly stopping: AbortSignal;
}

/**
 * Answers everything that reaches the sandbox: the API, the files, and a page about both. Never
 * throws.
 */
export function createRequestHandler(parts: RequestParts) {
  const { endpoints, findFile, counter, settings, baseUrl, stopping } = parts;

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
    if (reply.answer === 'cut') return void request.socket.destroy();
    if (reply.answer === 'late') await pause(settings.lateAnswerMs);
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(JSON.stringify(reply.envelope));
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/', query] = (request.url ?? '/').split('?', 2);
    const endpoint = ROUTES.get(`${request.method} ${path}`);
    if (endpoint) return answerApi(endpoint, new URLSearchParams(query), request, response);
    request.resume();
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    const file = request.method === 'GET' || request.method === 'HEAD' ? findFile(path) : null;
    if (file === 'expired') return void response.writeHead(410).end('Expired\n');
    if (file) return sendFile(request, response, file);
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
