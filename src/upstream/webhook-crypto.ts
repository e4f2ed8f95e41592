import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { isJobId } from './shapes/translate.ts';

/** What decrypts an account's webhooks. */
export interface WebhookAccount {
  readonly clientId: string;
  /** The account's API key and, while keys rotate, the one before it. */
  readonly secrets: readonly string[];
}

/**
 * A webhook that is signed for the account and was encrypted with one of its keys. That proves
 * little: it is a doorbell.
 */
export interface DecryptedWebhook {
  /** The task it names; a claim, not a fact. */
  readonly jobId: string;
  /** SHA-256 of the ciphertext, hex: the same for every re-signed replay. */
  readonly digest: string;
}

/**
 * `timestamp` and `nonce` come as strings or numbers; which one does not matter, their text is what
 * is signed.
 */
const bodyShape = z.object({
  signature: z.string().regex(/^[0-9a-f]{40}$/i),
  dataEncrypt: z.string().min(1),
  timestamp: z.union([z.string(), z.number()]),
  nonce: z.union([z.string(), z.number()]),
});

/**
 * Only the name of the task is used: everything else is read back from AKOOL, so it may be missing
 * or odd.
 */
const plaintextShape = z.object({ _id: z.custom<string>(isJobId) });

type Plaintext = z.infer<typeof plaintextShape>;

/** By the key's length in bytes. */
const CIPHERS: ReadonlyMap<number, string> = new Map([
  [16, 'aes-128-cbc'],
  [24, 'aes-192-cbc'],
  [32, 'aes-256-cbc'],
]);
const BLOCK_BYTES = 16;

/**
 * Decrypts the raw body of a webhook. Null, the same for every way in which it can be malformed, so
 * that no answer tells a sender how far it came.
 */
export function decryptWebhook(body: Uint8Array, account: WebhookAccount): DecryptedWebhook | null {
  const envelope = bodyShape.safeParse(parseJson(body));
  if (!envelope.success) return null;
  const { signature, dataEncrypt, timestamp, nonce } = envelope.data;
  const signed = [account.clientId, String(timestamp), String(nonce), dataEncrypt];
  if (!isSignature(signature, signed)) return null;
  const ciphertext = decodeBase64(dataEncrypt);
  if (ciphertext === null) return null;
  for (const secret of account.secrets) {
    const plaintext = decrypt(ciphertext, secret, account.clientId);
    if (plaintext !== null) {
      const digest = createHash('sha256').update(dataEncrypt).digest('hex');
      return { jobId: plaintext._id, digest };
    }
  }
  return null;
}

/**
 * SHA-1 over the strings sorted by code unit and joined with nothing, compared in constant time.
 */
function isSignature(signature: string, signed: readonly string[]): boolean {
  const expected = createHash('sha1')
    .update([...signed].sort().join(''))
    .digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

/** Null unless it is the one way to write these bytes: variants would pass for new ciphertexts. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function decrypt(ciphertext: Buffer, secret: string, clientId: string): Plaintext | null {
  const cipher = CIPHERS.get(Buffer.byteLength(secret));
  if (cipher === undefined) return null;
  const iv = Buffer.alloc(BLOCK_BYTES);
  Buffer.from(clientId).copy(iv);
  try {
    const decipher = createDecipheriv(cipher, Buffer.from(secret), iv);
    const plain = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    return plaintextShape.safeParse(parseJson(plain)).data ?? null;
  } catch {
    // Wrong key, wrong padding or a cut block.
    return null;
  }
}

/** Strict UTF-8 and JSON; undefined for anything else. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
