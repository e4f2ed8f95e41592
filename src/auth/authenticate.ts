import { hash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../domain/caller.ts';
import type { TeamId } from '../domain/job.ts';
import type { Authenticate } from './credentials.ts';
import type { VerifyToken } from './verify-token.ts';

/** Who may call. */
export interface AuthenticateOptions {
  /** Each team's caller keys: `sha256:<hex>`, or the key itself. */
  readonly teams: readonly { readonly id: TeamId; readonly callerKeys: readonly string[] }[];
  /** Null: no JWT is taken. */
  readonly verifyToken: VerifyToken | null;
}

/** A bearer, good or not; the scheme alone presents nothing. */
const BEARER = /^Bearer\s+(\S.*)$/i;

const DIGEST = /^sha256:([0-9a-f]{64})$/i;

/** Three base64url parts: how a signed JWT is written. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Tells who a caller is by its credential: a caller key in `x-api-key` or `Authorization: Bearer`,
 * or a JWT as a bearer. Where both headers are there, a bearer alone counts, also when it is the
 * wrong one; an Authorization that is empty or of another scheme is for somebody else, a proxy in
 * front for one. Keys are compared by their digests, each with every one that is configured, so
 * that the time it takes tells nothing about how near a guess was; one that was admitted is known
 * from then on. A bearer is tried as a key first: an operator's own key may look like a JWT.
 */
export function createAuthenticate({ teams, verifyToken }: AuthenticateOptions): Authenticate {
  const keys = teams.flatMap(({ id, callerKeys }) =>
    callerKeys.map((key) => ({ team: id, digest: digestOfConfigured(key) })),
  );

  // At most as many as are configured. A text is looked up by a hash of the whole of it, with a
  // secret of this process in it, so that this tells nothing about how near a guess was either.
  const admitted = new Map<string, Caller>();

  const teamOfKey = (key: string): TeamId | null => {
    const presented = sha256(key);
    let team: TeamId | null = null;
    for (const known of keys) if (timingSafeEqual(known.digest, presented)) team = known.team;
    return team;
  };

  return ({ authorization, apiKey }) => {
    const bearer = authorization === undefined ? undefined : BEARER.exec(authorization.trim())?.[1];
    const presented = bearer ?? apiKey;
    if (presented === undefined) return null;
    const known = admitted.get(presented);
    if (known !== undefined) return known;
    const team = teamOfKey(presented);
    if (team !== null) {
      const caller = { team, expiresAt: null };
      admitted.set(presented, caller);
      return caller;
    }
    const mayBeToken = bearer !== undefined && verifyToken !== null && JWT.test(presented);
    return mayBeToken ? verifyToken(presented) : null;
  };
}

function digestOfConfigured(key: string): Buffer {
  const hex = DIGEST.exec(key)?.[1];
  return hex === undefined ? sha256(key) : Buffer.from(hex, 'hex');
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
