import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../graphql/context.ts';
import type { Clock } from '../runtime/clock.ts';

/** What a caller presents; which of the two counts is for `Authenticate` to say. */
export interface Credentials {
  /** The whole value of `Authorization`, its scheme included. */
  readonly authorization?: string;
  /** The value of `x-api-key`. */
  readonly apiKey?: string;
}

/**
 * Who it is, or null: nobody we know, whatever was wrong. Rejects only when it cannot tell now.
 * The same function serves HTTP, event streams and WebSockets.
 */
export type Authenticate = (credentials: Credentials) => Promise<Caller | null>;

/** Whether the credential has ended. */
export function hasExpired({ expiresAt }: Caller, clock: Clock): boolean {
  return expiresAt !== null && expiresAt <= clock.now();
}

/** From a request's headers. */
export function credentialsOfHeaders(headers: IncomingHttpHeaders): Credentials {
  return credentialsOf(headers);
}

/** From a `connection_init` payload: the headers' names in any case; what is not a string is not there. */
export function credentialsOfPayload(payload: unknown): Credentials {
  if (typeof payload !== 'object' || payload === null) return {};
  const lower: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(payload)) lower[name.toLowerCase()] = value;
  return credentialsOf(lower);
}

function credentialsOf(named: Readonly<Record<string, unknown>>): Credentials {
  const { authorization, 'x-api-key': apiKey } = named;
  return {
    ...(typeof authorization === 'string' ? { authorization } : {}),
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
  };
}
