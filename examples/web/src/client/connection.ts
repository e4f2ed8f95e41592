export type ConnectionState = 'live' | 'reconnecting';

/** Whether what is watched is live, for all who show it. */
export interface Connection {
  report(state: ConnectionState): void;
  get(): ConnectionState;
  onChange(listener: () => void): () => void;
}

/** Taken for live until something is cut, so that a page that opens does not flash a warning. */
export function createConnection(): Connection {
  let present: ConnectionState = 'live';
  const listeners = new Set<() => void>();
  return {
    report(state) {
      if (state === present) return;
      present = state;
      for (const listener of listeners) listener();
    },
    get: () => present,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
