import { createHash, randomBytes } from 'node:crypto';

/** The SHA-256 of a text's UTF-8 bytes, in lower-case hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A text that nobody can guess, fit for a URL: 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
