import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../domain/caller.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Trace } from '../log/trace.ts';

/** What a caller presents; which of the two counts is for `Authenticate` to say. */
export interface Credentials {
  /** The whole value of `Authorization`, its scheme included. */
  readonly authorization?: string;
  /** The value of `x-api-key`. */
  readonly apiKey?: string;
}

/** Who it is, or null: nobody we know, whatever was wrong. Rejects only when it cannot tell now. */
export type Authenticate = (credentials: Credentials) => Promise<Caller | null>;

/** What `Authenticate` rejects with when it has already told the log why it cannot tell. */
export class CannotTellError extends Error {
  override readonly name = 'CannotTellError';
}

/**
 * Who a caller is: null is nobody, also somebody whose credential has ended; 'cannot tell' is a
 * reason to come back. The one way in: it serves HTTP, event streams and WebSockets.
 */
export async function identify(
  credentials: Credentials,
  parts: { readonly authenticate: Authenticate; readonly clock: Clock },
  { report }: Trace,
): Promise<Caller | null | 'cannot tell'> {
  let caller: Caller | null;
  try {
    caller = await parts.authenticate(credentials);
  } catch (error) {
    if (!(error instanceof CannotTellError)) report(error);
    return 'cannot tell';
  }
  return caller?.expiresAt === undefined ||
    caller.expiresAt === null ||
    caller.expiresAt > parts.clock.now()
    ? caller
    : null;
}

/** From a request's headers. */
export function credentialsOfHeaders(headers: IncomingHttpHeaders): Credentials {
  return credentialsOf(headers);
}

/**
 * From a `connection_init` payload: the headers' names in any case; what is not a string is not
 * there.
 */
export function credentialsOfPayload(payload: unknown): Credentials {
  if (typeof payload !== 'object' || payload === null) return {};
  return credentialsOf(
    Object.fromEntries(
      Object.entries(payload).map(([name, value]) => [name.toLowerCase(), value as unknown]),
    ),
  );
}

function credentialsOf(named: Readonly<Record<string, unknown>>): Credentials {
  const { authorization, 'x-api-key': apiKey } = named;
  return {
    ...(typeof authorization === 'string' ? { authorization } : {}),
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
  };
}
