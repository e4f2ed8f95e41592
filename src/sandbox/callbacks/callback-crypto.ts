import { createCipheriv, createHash } from 'node:crypto';

/** What AKOOL posts to a webhookUrl. */
export interface SealedCallback {
  /** SHA-1 in lower-case hex. */
  readonly signature: string;
  /** AES-CBC with PKCS#7 padding, base64. */
  readonly dataEncrypt: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly nonce: string | number;
}

/** The two halves of an account's credentials. */
export interface CallbackSecrets {
  readonly clientId: string;
  /** The API key: 16, 24 or 32 bytes long. */
  readonly clientSecret: string;
}

/** Whether a key has one of the lengths that AES takes: 16, 24 or 32 bytes. */
export function isCallbackKey(clientSecret: string): boolean {
  return [16, 24, 32].includes(Buffer.byteLength(clientSecret));
}

function encrypt(plaintext: string, secrets: CallbackSecrets): string {
  const key = Buffer.from(secrets.clientSecret);
  const iv = Buffer.alloc(16);
  Buffer.from(secrets.clientId).copy(iv);
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, iv);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]).toString('base64');
}

/** Encrypts and signs a callback. Throws when the key's length fits no AES. */
export function sealCallback(
  plaintext: string,
  secrets: CallbackSecrets,
  timestamp: number,
  nonce: string | number,
): SealedCallback {
  const dataEncrypt = encrypt(plaintext, secrets);
  const signed = [secrets.clientId, String(timestamp), String(nonce), dataEncrypt].sort().join('');
  return {
    signature: createHash('sha1').update(signed).digest('hex'),
    dataEncrypt,
    timestamp,
    nonce,
  };
}
