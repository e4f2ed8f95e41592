import { later } from '../../runtime/signal.ts';

/**
 * How this gateway is reached; asked for when needed, since a port that is picked is known late.
 */
export interface OwnUrls {
  /** By callers, and by AKOOL for files. */
  readonly base: () => string;
  /** By whoever calls webhooks; null: nobody does. */
  readonly called: (() => string) | null;
  readonly listensAt: (url: string) => void;
}

/** `publicUrl` and `sandboxUrl` are null where there is none. */
export function createOwnUrls(publicUrl: string | null, sandboxUrl: string | null): OwnUrls {
  const own = later('');
  const known = publicUrl === null ? null : later(publicUrl).get;
  return {
    base: known ?? own.get,
    // The sandbox runs beside us and calls back on loopback.
    called: sandboxUrl === null ? known : own.get,
    listensAt: own.set,
  };
}
