import { createCipheriv, createHash } from 'node:crypto';
import { Pool } from 'undici';

const pools = new Map<string, Pool>();

/** Rings a task's webhook as AKOOL does; whether the answer was 200. */
export async function ring(
  webhookUrl: string,
  id: string,
  account: { readonly clientId: string; readonly secret: string },
): Promise<boolean> {
  const { origin, pathname } = new URL(webhookUrl);
  const pool = pools.get(origin) ?? new Pool(origin, { connections: 32 });
  pools.set(origin, pool);
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: pathname,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(envelope(id, account.clientId, account.secret)),
  });
  await body.dump();
  return statusCode === 200;
}

function envelope(id: string, clientId: string, secret: string): object {
  const plaintext = JSON.stringify({
    _id: id,
    status: 3,
    type: 'headswap',
    url: `https://example.com/output/${id}.mp4`,
  });
  const iv = Buffer.alloc(16);
  iv.write(clientId, 'utf8');
  const cipher = createCipheriv(`aes-${secret.length * 8}-cbc`, secret, iv);
  const dataEncrypt = Buffer.concat([cipher.update(plaintext), cipher.final()]).toString('base64');
  const timestamp = Date.now();
  const nonce = String(Math.floor(Math.random() * 10_000));
  const signed = [clientId, String(timestamp), nonce, dataEncrypt].sort().join('');
  const signature = createHash('sha1').update(signed).digest('hex');
  return { signature, dataEncrypt, timestamp, nonce };
}
