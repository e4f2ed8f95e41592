import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

/** An issuer of JWTs that publishes its keys over HTTP. */
export interface Issuer {
  /** What a gateway needs to trust it. */
  readonly env: Readonly<Record<string, string>>;
  /** How often its keys were asked for. */
  readonly requests: number;
  /** False: it answers 500. */
  up: boolean;
  /** Makes a new key for signing. The one before stays published, unless `forget`. */
  rotate(forget?: boolean): Promise<void>;
  /** Signs with the present key. A good token for an hour, unless `changes` say otherwise; undefined removes a claim. */
  sign(changes?: Readonly<Record<string, unknown>>, header?: object): Promise<string>;
  /** The present public key, as everybody can have it. */
  publicKey(): Promise<{ readonly spki: string; readonly jwk: JWK }>;
  /** The id of the present key. */
  readonly keyId: string;
  stop(): Promise<void>;
}

const ISSUER = 'https://login.example';
const AUDIENCE = 'head-swap-gateway';
const ALGORITHM = 'ES256';

/** Starts one on a free port of loopback, with one key. */
export async function startIssuer(): Promise<Issuer> {
  let published: JWK[] = [];
  let requests = 0;
  let number = 0;
  let present: { privateKey: CryptoKey; publicKey: CryptoKey; kid: string };
  const rotate = async (forget = false): Promise<void> => {
    number += 1;
    const kid = `key-${number}`;
    const pair = await generateKeyPair(ALGORITHM, { extractable: true });
    present = { ...pair, kid };
    const jwk = { ...(await exportJWK(pair.publicKey)), kid, alg: ALGORITHM, use: 'sig' };
    published = forget ? [jwk] : [...published, jwk];
  };
  await rotate();

  const server = createServer((_request, response) => {
    requests += 1;
    response.writeHead(issuer.up ? 200 : 500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: published }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const issuer: Issuer = {
    env: {
      JWT_JWKS_URL: `http://127.0.0.1:${port}/jwks.json`,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
    },
    get requests() {
      return requests;
    },
    get keyId() {
      return present.kid;
    },
    up: true,
    rotate,
    async sign(changes = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: ISSUER, aud: AUDIENCE, iat: now, exp: now + 3600, ...changes };
      const given = Object.entries(claims).filter(([, value]) => value !== undefined);
      return new SignJWT(Object.fromEntries(given))
        .setProtectedHeader({ alg: ALGORITHM, kid: present.kid, ...header })
        .sign(present.privateKey);
    },
    async publicKey() {
      return { spki: await exportSPKI(present.publicKey), jwk: await exportJWK(present.publicKey) };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}
