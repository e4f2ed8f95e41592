import { request as httpRequest } from 'node:http';
import {
  sealCallback,
  type SealedCallback,
} from '../../../src/sandbox/callbacks/callback-crypto.ts';
import type { RecordedRequest } from './scripted-answers.ts';
import { API_KEY, CLIENT_ID } from '../gateway/stories.ts';

/** Environment beside `envFor` with which tasks carry a webhookUrl. Tests ring at the gateway's own port. */
export const WEBHOOK_ENV = {
  AKOOL_CLIENT_ID: CLIENT_ID,
  PUBLIC_URL: 'https://gateway.example',
} as const;

/** What a webhook claims. */
export interface Claim {
  readonly _id: string;
  readonly status: unknown;
  readonly type?: unknown;
  readonly url?: unknown;
}

let nonce = 0;

/** A webhook as AKOOL sends it; every call signs anew. */
export function sealed(claim: Claim, clientSecret = API_KEY): SealedCallback {
  return sealedText(JSON.stringify({ type: 'headswap', url: '', ...claim }), clientSecret);
}

/** A webhook around any text. */
export function sealedText(plaintext: string, clientSecret = API_KEY): SealedCallback {
  nonce += 1;
  const account = { clientId: CLIENT_ID, clientSecret };
  return sealCallback(plaintext, account, 1_778_806_300_000 + nonce, nonce);
}

/** The token in the webhookUrl of a create. Throws when it has none. */
export function tokenOf(create: RecordedRequest | undefined): string {
  const url = String(Reflect.get(Object(create?.json), 'webhookUrl'));
  const token = /^https:\/\/gateway\.example\/webhooks\/akool\/([\w-]+)$/.exec(url)?.[1];
  if (token === undefined) throw new Error(`No webhookUrl of ours: ${url}`);
  return token;
}

/** An answer of the webhook route. */
export interface RouteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** How a request differs from a JSON POST of its body. */
export interface PostOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a body to a token's route, in one piece: objects as JSON, everything else as it is. */
export function post(
  gateway: { readonly url: string },
  token: string,
  body: object | string | Uint8Array,
  { method = 'POST', headers = { 'content-type': 'application/json' } }: PostOptions = {},
): Promise<RouteAnswer> {
  const bytes =
    typeof body === 'string' || body instanceof Uint8Array
      ? Buffer.from(body)
      : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sending = httpRequest(
      `${gateway.url}/webhooks/akool/${token}`,
      { method, headers: { ...headers, 'content-length': Buffer.byteLength(bytes) }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sending.once('error', reject);
    sending.end(bytes);
  });
}

/** Rings with a claim and expects 200. */
export async function ring(
  gateway: { readonly url: string },
  token: string,
  claim: Claim,
): Promise<void> {
  const { status } = await post(gateway, token, sealed(claim));
  if (status !== 200) throw new Error(`A good webhook was answered with ${status}`);
}
