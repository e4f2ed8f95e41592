import { useConnection } from '../hooks/use-connection.ts';

const WORDS = {
  live: '',
  offline: 'You are offline. Your jobs go on; this page catches up when you are back.',
  reconnecting: 'Connection lost. Reconnecting…',
};

/** Always in the page, so that a screen reader hears it change. */
export function ConnectionBanner() {
  const state = useConnection();
  return (
    <p className="banner" role="status" data-state={state}>
      {WORDS[state]}
    </p>
  );
}
