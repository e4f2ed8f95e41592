import { z } from 'zod';
import { creditsPage } from '../pages/credits-page.ts';
import type { Credits } from './credits.ts';

/** What goes back; JSON unless a browser asked. */
export interface CreditsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What of an HTTP request matters here; a missing header is empty. */
export interface CreditsRequest {
  readonly method: string;
  readonly accept: string;
  /** The parsed body, of JSON or of a form; undefined when it was neither. */
  readonly input: unknown;
}

const METHODS = ['GET', 'HEAD', 'POST'];

const MOST = 1_000_000_000;

const wanted = z.object({
  credits: z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value),
    z.number().int().min(0).max(MOST),
  ),
  clientId: z.string().optional(),
});

/**
 * Shows and sets balances: a page for browsers, JSON for everybody else. A POST brings `credits`
 * and, unless it is about the sandbox's own account, `clientId`, as JSON or as a form does.
 */
export function answerCredits(request: CreditsRequest, credits: Credits): CreditsAnswer {
  const isBrowser = request.accept.includes('text/html');
  if (!METHODS.includes(request.method)) {
    return { status: 405, headers: { allow: METHODS.join(', ') }, body: '' };
  }
  if (request.method !== 'POST') {
    return isBrowser
      ? { status: 200, headers: HTML, body: creditsPage(credits.all()) }
      : json(200, credits.all());
  }
  const input = wanted.safeParse(request.input);
  if (!input.success) {
    return json(400, { error: `credits must be a whole number from 0 to ${MOST}` });
  }
  const clientId = input.data.clientId ?? credits.all()[0]?.clientId ?? '';
  const account = credits.set(clientId, input.data.credits);
  if (!account) return json(404, { error: 'no account has this clientId' });
  return isBrowser
    ? { status: 303, headers: { location: 'credits' }, body: '' }
    : json(200, account);
}

const HTML = { 'content-type': 'text/html; charset=utf-8' };

function json(status: number, value: unknown): CreditsAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers, body: JSON.stringify(value) };
}
