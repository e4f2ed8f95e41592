import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** A file that a link opens. */
export interface LinkTarget {
  /** The store's key. */
  readonly key: string;
  readonly contentType: string;
  /** When the link ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Links that carry what they open and their end, signed, so that nothing has to be kept of them.
 */
export interface SignedLinks {
  /** A token for a URL's path. */
  sign(target: LinkTarget): string;
  /** Null: none of ours, or it has ended by `now` (ms). */
  open(token: string, now: number): LinkTarget | null;
}

const payloadShape = z.tuple([z.string(), z.string(), z.number()]);

/** Another `secret` ends every link at once. */
export function createSignedLinks(secret: string): SignedLinks {
  const macOf = (payload: string): Buffer => createHmac('sha256', secret).update(payload).digest();
  return {
    sign({ key, contentType, expiresAt }) {
      const payload = Buffer.from(JSON.stringify([key, contentType, expiresAt])).toString(
        'base64url',
      );
      return `${payload}.${macOf(payload).toString('base64url')}`;
    },
    open(token, now) {
      const [payload = '', mac = ''] = token.split('.', 2);
      const presented = Buffer.from(mac, 'base64url');
      const expected = macOf(payload);
      if (presented.length !== expected.length || !timingSafeEqual(presented, expected))
        return null;
      const [key, contentType, expiresAt] = payloadShape.parse(
        JSON.parse(Buffer.from(payload, 'base64url').toString()),
      );
      return expiresAt > now ? { key, contentType, expiresAt } : null;
    },
  };
}
