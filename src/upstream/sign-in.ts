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

/**
 * An account's bearer token: got when first needed, kept until AKOOL refuses it. It is valid for
 * over a year.
 */
export interface BearerToken {
  /** The token of the moment. Passes on what `fetchToken` throws. */
  current(): Promise<string>;
  /** A newer token than the one AKOOL refused. However many ask at once, one token is fetched. */
  renew(refused: string): Promise<string>;
  /** The latest token and the one before it, for keeping them out of messages. */
  known(): readonly string[];
}

/** Nothing is fetched before it is needed. `fetchToken` asks AKOOL for a token. */
export function createBearerToken(fetchToken: () => Promise<string>): BearerToken {
  let token: string | null = null;
  let previous: string | null = null;
  let fetching: Promise<string> | null = null;

  const fetchOnce = (): Promise<string> =>
    (fetching ??= fetchToken()
      .then((fresh) => {
        previous = token;
        token = fresh;
        return fresh;
      })
      .finally(() => {
        fetching = null;
      }));

  return {
    current: async () => token ?? fetchOnce(),
    renew: async (refused) => (token !== null && token !== refused ? token : fetchOnce()),
    known: () => [token, previous].filter((known) => known !== null),
  };
}
