/** What a source says its bytes hash to. */
export interface ExpectedDigest {
  readonly algorithm: 'sha256' | 'sha512' | 'md5';
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

const LENGTHS = { sha256: 64, sha512: 128, md5: 32 } as const;

/**
 * The digests in an answer's headers: Content-Digest and Repr-Digest (RFC 9530), Digest (RFC 3230),
 * Content-MD5, and those that Amazon's and Google's storages send. What cannot be read is passed
 * over.
 */
export function expectedDigests(header: (name: string) => string | null): ExpectedDigest[] {
  const found: (ExpectedDigest | null)[] = [];
  for (const name of ['content-digest', 'repr-digest', 'digest']) {
    for (const [, bits, value = ''] of (header(name) ?? '').matchAll(
      /sha-(256|512)=:?([A-Za-z0-9+/]+=*):?/gi,
    )) {
      found.push(digest(bits === '256' ? 'sha256' : 'sha512', value));
    }
  }
  const md5 = /(?:^|,)\s*md5=([^,\s]+)/.exec(header('x-goog-hash') ?? '')?.[1];
  found.push(digest('md5', header('content-md5')), digest('md5', md5 ?? null));
  found.push(digest('sha256', header('x-amz-checksum-sha256')));
  return found.filter((one) => one !== null);
}

function digest(
  algorithm: ExpectedDigest['algorithm'],
  base64: string | null,
): ExpectedDigest | null {
  if (base64 === null) return null;
  const hex = Buffer.from(base64, 'base64').toString('hex');
  return hex.length === LENGTHS[algorithm] ? { algorithm, hex } : null;
}
