import { readMediaTypes } from './media-type.ts';

/** The media types that a JSON answer may have. */
export type JsonMediaType = 'application/json' | 'application/graphql-response+json';

/** The media types that a stream may have. */
export type StreamMediaType = 'text/event-stream' | 'multipart/mixed';

/** What a client takes. */
export interface Accepted {
  /** Null: no JSON of ours. */
  readonly json: JsonMediaType | null;
  /**
   * Only when it is asked for by name: a plain client's any-type would otherwise get a stream.
   * multipart/mixed only with `subscriptionSpec=1.0`, since without it other protocols are meant.
   */
  readonly stream: StreamMediaType | null;
  /** Only when asked for by name: a browser looking at a page. */
  readonly page: boolean;
}

/**
 * Reads an `Accept` header. Of the two JSON types the one listed first wins, unless the other
 * weighs more (`q`), and so it is with the two streams; any-type means application/json, as the
 * specification of GraphQL over HTTP recommends until its own type is common.
 */
export function readAccept(header: string | undefined): Accepted {
  let json: JsonMediaType | null = null;
  let jsonWeight = 0;
  let stream: StreamMediaType | null = null;
  let streamWeight = 0;
  let page = false;
  for (const { essence: type, params } of readMediaTypes(header ?? '*/*')) {
    const weight = weightOf(params.get('q'));
    if (weight === 0) continue;
    if (type === 'text/html') page = true;
    const candidate = jsonTypeFor(type);
    if (candidate !== null && weight > jsonWeight) {
      json = candidate;
      jsonWeight = weight;
    }
    const streamed = streamTypeFor(type, params.get('subscriptionspec'));
    if (streamed !== null && weight > streamWeight) {
      stream = streamed;
      streamWeight = weight;
    }
  }
  return { json, stream, page };
}

function jsonTypeFor(type: string): JsonMediaType | null {
  if (type === 'application/graphql-response+json') return type;
  return type === 'application/json' || type === 'application/*' || type === '*/*'
    ? 'application/json'
    : null;
}

function streamTypeFor(type: string, subscriptionSpec: string | null): StreamMediaType | null {
  if (type === 'text/event-stream') return type;
  return type === 'multipart/mixed' && subscriptionSpec === '1.0' ? type : null;
}

function weightOf(quality: string | null): number {
  const weight = Number(quality ?? 1);
  return Number.isNaN(weight) ? 1 : weight;
}
