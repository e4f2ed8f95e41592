import { ApolloClient, gql as apolloGql, HttpLink, InMemoryCache } from '@apollo/client';
import { createClient, fetchExchange, gql as urqlGql } from '@urql/core';
import { print } from 'graphql';
import { ReadOutputDocument as asDocument } from 'head-swap-client/documents';
import { ReadOutputDocument as asString } from 'head-swap-client/operations';
import { describe, expect, it } from 'vitest';

/** Nothing here gets as far as sending. */
const URL_OF_NOBODY = 'http://127.0.0.1:1/graphql';

/** A string where a document is wanted, as who writes no TypeScript may pass it. */
const misplaced = asString as unknown as typeof asDocument;

describe("the package's operations as strings", () => {
  it('are refused at once by Apollo Client and urql, which want documents', () => {
    const variables = { id: 'any' };
    const apollo = new ApolloClient({
      cache: new InMemoryCache(),
      link: new HttpLink({ uri: URL_OF_NOBODY }),
    });
    expect(() => void apollo.query({ query: misplaced, variables })).toThrow(
      'You must wrap the query string',
    );
    const urql = createClient({ url: URL_OF_NOBODY, exchanges: [fetchExchange] });
    expect(() => void urql.query(misplaced, variables)).toThrow(TypeError);
  });

  it.each([
    ['Apollo Client', apolloGql],
    ['urql', urqlGql],
  ])(
    'become documents by gql(document.toString()) of %s, the same as the shipped ones',
    (_, gql) => {
      expect(print(gql(asString.toString()))).toBe(print(asDocument));
    },
  );

  it('make no document by gql(document)', () => {
    expect(() => apolloGql(asString as unknown as string)).toThrow(/Syntax Error/);
  });
});
