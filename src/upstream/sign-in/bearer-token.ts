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
