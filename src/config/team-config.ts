import { createHash } from 'node:crypto';

/** One team as it is configured. */
export interface TeamConfig {
  readonly id: string;
  readonly akool: AkoolConfig;
  /** `sha256:<hex>` or the key itself. */
  readonly callerKeys: readonly string[];
}

/** One AKOOL account as it is configured. */
export interface AkoolConfig {
  readonly apiKey: string;
  readonly apiKeyPrevious: string | null;
  readonly clientId: string | null;
  readonly auth: 'key' | 'token';
  /** Without a trailing slash; may carry a path. */
  readonly baseUrl: string;
}

/** AES takes keys of these lengths, in bytes. */
const WEBHOOK_KEY_BYTES = new Set([16, 24, 32]);

/** Whether an API key can decrypt webhooks. */
export function decryptsWebhooks(apiKey: string): boolean {
  return WEBHOOK_KEY_BYTES.has(Buffer.byteLength(apiKey));
}

/** Whether a caller key, or the digest of one, is an account's own key. */
export function isAkoolKey(callerKey: string, apiKey: string | undefined): boolean {
  if (apiKey === undefined) return false;
  const digest = `sha256:${createHash('sha256').update(apiKey).digest('hex')}`;
  return callerKey === apiKey || callerKey.toLowerCase() === digest;
}
