import { ApolloClient, ApolloLink, HttpLink, ServerError } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { RetryLink } from '@apollo/client/link/retry';
import { KeepNewerCache, askAgainLink } from 'head-swap-client/apollo';

/** Everything over HTTP: HttpLink reads a subscription part by part, as its events happen. */
export function createApolloOverHttp(url: string, freshToken: () => Promise<string>): ApolloClient {
  const credential = new SetContextLink(async ({ headers }) => ({
    headers: { ...headers, authorization: `Bearer ${await freshToken()}` },
  }));
  // Subscriptions alone: a mutation that is sent again may buy again.
  const comeBack = new RetryLink({
    delay: { max: 30_000 },
    attempts: {
      max: Infinity,
      retryIf: (error, { operationType }) =>
        operationType === 'subscription' && !(ServerError.is(error) && error.statusCode < 500),
    },
  });
  return new ApolloClient({
    cache: new KeepNewerCache(),
    link: ApolloLink.from([askAgainLink, comeBack, credential, new HttpLink({ uri: url })]),
  });
}
