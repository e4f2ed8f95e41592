import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate and its private key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of our own, for tests. */
export interface Authority {
  /** Its own certificate, PEM: what clients are to trust. */
  readonly cert: string;
  /** A certificate for a name: a server's host or a client's user. Expired on request. */
  issue(name: string, expired?: boolean): Certificate;
}

/** Makes an authority. Node can read certificates but not write them, so the few lines of DER that takes are here. */
export function newAuthority(name: string): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issue = (subject: string, key: KeyObject, extensions: Buffer[], years: Years): string =>
    certificate({ issuer: name, subject, key, signer: privateKey, extensions, years });
  // basicConstraints: CA, critical.
  const isAuthority = extension('2.5.29.19', sequence(der(0x01, Buffer.from([0xff]))), true);
  return {
    cert: issue(name, publicKey, [isAuthority], VALID),
    issue(subject, expired = false) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      // subjectAltName: one DNS name.
      const names = extension('2.5.29.17', sequence(der(0x82, Buffer.from(subject))));
      return {
        cert: issue(subject, pair.publicKey, [names], expired ? EXPIRED : VALID),
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

/** First and last year. */
type Years = readonly [string, string];
const VALID: Years = ['2001', '2049'];
const EXPIRED: Years = ['2001', '2002'];

/** X.509 version 3, signed with ECDSA and SHA-256 (RFC 5280). */
function certificate(parts: {
  readonly issuer: string;
  readonly subject: string;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly years: Years;
}): string {
  const { issuer, subject, key, signer, extensions, years } = parts;
  const algorithm = sequence(identifier('1.2.840.10045.4.3.2'));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const serial = der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  const dates = years.map((year) => der(0x17, Buffer.from(`${year.slice(2)}0101000000Z`)));
  const told = sequence(
    version,
    serial,
    algorithm,
    commonName(issuer),
    sequence(...dates),
    commonName(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', told, signer)]);
  const whole = sequence(told, algorithm, der(0x03, signature)).toString('base64');
  const lines = whole.match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(identifier('2.5.4.3'), der(0x0c, Buffer.from(name)))));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  const mark = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(identifier(id), ...mark, der(0x04, value));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** An object identifier from its dotted form. */
function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from(bytes));
}

/** Tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
