import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../domain/caller.ts';
import type { Clock } from '../runtime/clock.ts';
import type { RequestTrace } from '../log/request-trace.ts';

/** What a caller presents; which of the two counts is for `Authenticate` to say. */
export interface Credentials {
  /** The whole value of `Authorization`, its scheme included. */
  readonly authorization?: string | undefined;
  /** The value of `x-api-key`. */
  readonly apiKey?: string | undefined;
}

/**
 * Who it is, or null: nobody we know, whatever was wrong; at once where nobody has to be asked.
 * Rejects only when it cannot tell now.
 */
export type Authenticate = (credentials: Credentials) => Caller | null | Promise<Caller | null>;

/** What `Authenticate` rejects with when it has already told the log why it cannot tell. */
export class CannotTellError extends Error {
  override readonly name = 'CannotTellError';
}

/**
 * Who a caller is: null is nobody, also somebody whose credential has ended; 'cannot tell' is a
 * reason to come back.
 */
export type Identity = Caller | null | 'cannot tell';

/** The one way in: it serves HTTP, event streams and WebSockets. Never throws, nor rejects. */
export function identify(
  credentials: Credentials,
  parts: { readonly authenticate: Authenticate; readonly clock: Clock },
  { report }: RequestTrace,
): Identity | Promise<Identity> {
  const unlessEnded = (caller: Caller | null): Caller | null => {
    const expiresAt = caller?.expiresAt ?? null;
    return expiresAt === null || expiresAt > parts.clock.now() ? caller : null;
  };
  const failed = (error: unknown): 'cannot tell' => {
    if (!(error instanceof CannotTellError)) report(error);
    return 'cannot tell';
  };
  try {
    const caller = parts.authenticate(credentials);
    return caller instanceof Promise ? caller.then(unlessEnded, failed) : unlessEnded(caller);
  } catch (error) {
    return failed(error);
  }
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
  return { authorization: textIn(authorization), apiKey: textIn(apiKey) };
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
