import { useSyncExternalStore } from 'react';
import { connection } from '../client/gateway.ts';

/** `offline`: the device has no network. `reconnecting`: it has, and the gateway is being looked for. */
export function useConnection(): 'live' | 'reconnecting' | 'offline' {
  const state = useSyncExternalStore(connection.onChange, connection.get);
  const isOnline = useSyncExternalStore(onNetworkChange, () => navigator.onLine);
  return isOnline ? state : 'offline';
}

function onNetworkChange(listener: () => void): () => void {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
}
