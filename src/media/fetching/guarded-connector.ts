import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { createSecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { isPublicAddress } from './public-address.ts';

/** The host has, or its connection reached, an address that is not of the public internet. */
export class AddressNotPublicError extends Error {
  override readonly name = 'AddressNotPublicError';

  constructor() {
    super('The URL leads to an address that is not of the public internet.');
  }
}

/** Finds the addresses of a host name, all of them. */
export type FindAddresses = (
  host: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** The system's own way. */
export const findAddresses: FindAddresses = (host, done) =>
  systemLookup(host, { all: true }, (error, addresses) => done(error, addresses ?? []));

/**
 * Finds the addresses of a host, which may be one itself; AddressNotPublicError where any of them
 * is not public.
 */
export const findPublicAddresses =
  (find: FindAddresses): FindAddresses =>
  (host, done) => {
    const family = isIP(host);
    const judge: Parameters<FindAddresses>[1] = (error, addresses) => {
      if (error !== null) return done(error, []);
      // One private address among public ones is no mishap.
      const isPublic = addresses.every(({ address }) => isPublicAddress(address));
      return isPublic ? done(null, addresses) : done(new AddressNotPublicError(), []);
    };
    if (family === 0) find(host, judge);
    else judge(null, [{ address: host, family }]);
  };

/**
 * Opens connections to public addresses alone. The addresses judged are those that the connection
 * is then made to, and its own is judged once more before a byte is sent, so a name that answers
 * differently each time gains nothing. `allowed`: each a `host:port` that may be anywhere.
 */
export function createGuardedConnector(parts: {
  readonly find: FindAddresses;
  readonly allowed: ReadonlySet<string>;
  readonly connectTimeoutMs: number;
}): buildConnector.connector {
  const find = findPublicAddresses(parts.find);
  const guardedLookup: LookupFunction = (host, options, done) => {
    find(host, (error, addresses) => {
      if (error !== null) return done(error, []);
      const [first] = addresses;
      if (first === undefined) return done(new Error('no address'), []);
      return options.all === true
        ? done(null, [...addresses])
        : done(null, first.address, first.family);
    });
  };
  const timeout = parts.connectTimeoutMs;
  const open = buildConnector({ timeout });
  const plain = buildConnector({ timeout, lookup: guardedLookup });
  let secure: buildConnector.connector | null = null;
  // With one context for all: each connection would make its own, and hold up the process for it.
  const makeSecure = (): buildConnector.connector =>
    buildConnector({ timeout, lookup: guardedLookup, secureContext: createSecureContext() });
  const guarded: buildConnector.connector = (options, done) =>
    options.protocol === 'https:' ? (secure ??= makeSecure())(options, done) : plain(options, done);
  return (options, done) => {
    if (parts.allowed.has(`${options.hostname}:${options.port}`)) return open(options, done);
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !isPublicAddress(host)) return done(new AddressNotPublicError(), null);
    return guarded(options, (...[error, socket]) => {
      if (error !== null) return done(error, null);
      if (isPublicAddress(socket.remoteAddress ?? '')) return done(null, socket);
      socket.destroy();
      return done(new AddressNotPublicError(), null);
    });
  };
}
