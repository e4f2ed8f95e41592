import { openEnvelope } from './answers/envelope.ts';
import type { Endpoint, HttpOutcome, HttpRequest } from './http/http.ts';

/** A request to AKOOL, an attempt of its own, that was answered or given up. */
export interface RequestEnd {
  readonly endpoint: Endpoint;
  readonly seconds: number;
  /** Null: no whole answer came. */
  readonly status: number | null;
  /** AKOOL's own; null: the answer has none. */
  readonly code: number | null;
}

/** Is told of every request to AKOOL. Must not throw. */
export type RequestObserver = (end: RequestEnd) => void;

export const unobservedRequests: RequestObserver = () => {};

/** Sends a request under the eyes of the observer. */
export async function observed(
  observer: RequestObserver,
  { endpoint }: HttpRequest,
  send: () => Promise<HttpOutcome>,
): Promise<HttpOutcome> {
  const startedAt = performance.now();
  const outcome = await send();
  observer({ endpoint, seconds: (performance.now() - startedAt) / 1000, ...endOf(outcome) });
  return outcome;
}

function endOf(outcome: HttpOutcome): Pick<RequestEnd, 'status' | 'code'> {
  if (outcome.kind === 'lost') return { status: null, code: null };
  const { status, body } = outcome;
  return { status, code: body === null ? null : (openEnvelope(body)?.code ?? null) };
}
