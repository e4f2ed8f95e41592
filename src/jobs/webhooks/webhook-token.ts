import { createHash } from 'node:crypto';

/** The digest under which a webhook token is kept: the token itself is never stored. SHA-256, hex. */
export function tokenDigestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
