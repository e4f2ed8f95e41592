import { SUCCESS_CODE } from './codes.ts';
import type { Endpoint, HttpOutcome, HttpRequest } from './http.ts';
import { inLeaf, type Span, type SpanOptions, type Tracer } from '../runtime/tracing/tracer.ts';

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

/**
 * Sends one request under the eyes of an observer, and in a span of its own where what it is sent
 * for is traced. `send` gets it as it is to be sent. `resends`: how often it was sent before.
 */
export type ObserveRequest = (
  request: HttpRequest,
  resends: number,
  send: (request: HttpRequest) => Promise<HttpOutcome>,
) => Promise<HttpOutcome>;

/**
 * Spans as the semantic conventions for HTTP clients have them, without the URL: its query says
 * what was asked for. `tells`: the receiver hears which trace the request belongs to.
 */
export function observeRequests(parts: {
  readonly observer: RequestObserver;
  readonly tracer: Tracer;
  readonly tells: boolean;
  readonly origin: string;
}): ObserveRequest {
  const { observer, tracer, tells } = parts;
  const observed: ObserveRequest = async (request, _resends, send) => {
    const startedAt = performance.now();
    const outcome = await send(request);
    const seconds = (performance.now() - startedAt) / 1000;
    observer({ endpoint: request.endpoint, seconds, ...answerIn(outcome) });
    return outcome;
  };
  if (!tracer.isOn) return observed;
  const { protocol, hostname, port } = new URL(parts.origin);
  const server = {
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    'url.scheme': protocol.slice(0, -1),
  };
  return (request, resends, send) => {
    const { method, template } = request;
    const options: SpanOptions = {
      name: `${method} ${template}`,
      kind: 'client',
      attributes: {
        ...server,
        'http.request.method': method,
        'url.template': template,
        ...(resends > 0 && { 'http.request.resend_count': resends }),
      },
    };
    return inLeaf(tracer, options, async (span) => {
      if (span.place === null) return observed(request, resends, send);
      const headers = tells ? { ...request.headers, ...span.headers() } : request.headers;
      const outcome = await observed({ ...request, headers }, resends, send);
      tell(span, outcome);
      return outcome;
    });
  };
}

function answerIn(outcome: HttpOutcome): Pick<RequestEnd, 'status' | 'code'> {
  if (outcome.kind === 'lost') return { status: null, code: null };
  return { status: outcome.status, code: outcome.envelope?.code ?? null };
}

function tell(span: Span, outcome: HttpOutcome): void {
  if (outcome.kind === 'lost') {
    span.fail(typeOf(outcome.reason));
    return;
  }
  const { status, envelope } = outcome;
  const code = envelope?.code ?? null;
  span.set({ 'http.response.status_code': status, ...(code !== null && { 'akool.code': code }) });
  if (status >= 400) span.fail(String(status));
  else if (code !== SUCCESS_CODE) span.fail(code === null ? 'no_envelope' : `akool.${code}`);
}

/** The network's code where one is named, else what happened, as one word. */
function typeOf(reason: string): string {
  return /\(([A-Z0-9_]+)\)$/.exec(reason)?.[1] ?? reason.replaceAll(/\W+/g, '_');
}
