import type { Plugin } from 'graphql-yoga';
import { withPersistedText, type PersistedOperations } from '../persisted/persisted-operations.ts';

/**
 * Operations of the manifest by their ids, over HTTP; a WebSocket asks `withPersistedText` itself.
 */
export function usePersistedOperations(persisted: PersistedOperations): Plugin {
  return {
    onParams({ params, setParams }) {
      setParams(withPersistedText(params, persisted));
    },
  };
}
