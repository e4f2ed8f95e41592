import { readMediaTypes } from './media-type.ts';

/** The media types that a JSON answer may have. */
export type JsonMediaType = 'application/json' | 'application/graphql-response+json';

/** What a client takes. */
export interface Accepted {
  /** Null: no JSON of ours. */
  readonly json: JsonMediaType | null;
  /** Only when it is asked for by name: a plain client's any-type would otherwise get a stream. */
  readonly events: boolean;
  /** Only when asked for by name: a browser looking at a page. */
  readonly page: boolean;
}

/**
 * Reads an `Accept` header. Of the two JSON types the one listed first wins, unless the other weighs more (`q`); any-type means
 * application/json, as the specification of GraphQL over HTTP recommends until its own type is common.
 */
export function readAccept(header: string | undefined): Accepted {
  let json: JsonMediaType | null = null;
  let jsonWeight = 0;
  let events = false;
  let page = false;
  for (const { essence: type, params } of readMediaTypes(header ?? '*/*')) {
    const weight = weightOf(params.get('q'));
    if (weight === 0) continue;
    if (type === 'text/event-stream') events = true;
    if (type === 'text/html') page = true;
    const candidate = jsonTypeFor(type);
    if (candidate !== null && weight > jsonWeight) {
      json = candidate;
      jsonWeight = weight;
    }
  }
  return { json, events, page };
}

function jsonTypeFor(type: string): JsonMediaType | null {
  if (type === 'application/graphql-response+json') return type;
  return type === 'application/json' || type === 'application/*' || type === '*/*'
    ? 'application/json'
    : null;
}

function weightOf(quality: string | null): number {
  const weight = Number(quality ?? 1);
  return Number.isNaN(weight) ? 1 : weight;
}
