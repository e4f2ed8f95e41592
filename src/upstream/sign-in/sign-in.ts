import type { BearerToken } from './bearer-token.ts';

/**
 * How requests prove whose account they are for. Exactly one header: AKOOL discards the key when
 * both are sent.
 */
export interface SignIn {
  /** The header of the moment. Throws UpstreamError when a token is needed and cannot be got. */
  header(): Promise<SignInHeader>;
  /**
   * A header to use instead of one that AKOOL refused with 1101; null when there is no other.
   * Throws UpstreamError when a new token cannot be got.
   */
  renewed(refused: SignInHeader): Promise<SignInHeader | null>;
}

/** The one header that signs in. */
export type SignInHeader = Readonly<Record<string, string>>;

/** Signs in with the API key itself. */
export function signInWithKey(apiKey: string): SignIn {
  const header = { 'x-api-key': apiKey };
  return { header: () => Promise.resolve(header), renewed: () => Promise.resolve(null) };
}

/** Signs in with a bearer token. */
export function signInWithToken(bearer: BearerToken): SignIn {
  return {
    header: async () => bearerHeader(await bearer.current()),
    renewed: async ({ authorization = '' }) =>
      bearerHeader(await bearer.renew(authorization.slice(SCHEME.length))),
  };
}

const SCHEME = 'Bearer ';

function bearerHeader(token: string): SignInHeader {
  return { authorization: SCHEME + token };
}
