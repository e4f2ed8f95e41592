/** The URL that a text is, relative to `base` where one is given; null: it is none. */
export function parseUrl(text: string, base?: string): URL | null {
  // On Node 20 and 22 URL.canParse refuses hosts with letters such as ä once it is called often.
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

/**
 * When the signature in a presigned URL runs out, in milliseconds since the epoch; null: it has
 * none of a known kind, or one that cannot be read. Known are Amazon S3 and Google Cloud Storage in
 * both versions, Azure's shared access signatures, and CloudFront with either policy. Signed
 * parameters have exactly these names.
 */
export function expiryOf(url: string): number | null {
  const parameters = parseUrl(url)?.searchParams;
  if (parameters === undefined) return null;
  for (const read of [signedFor, signedUntil, sharedUntil, policyUntil]) {
    const instant = read(parameters);
    if (instant !== null && Number.isFinite(instant)) return instant;
  }
  return null;
}

type Parameters = URLSearchParams;

/** Version 4 of both: a beginning and how many seconds from there. */
function signedFor(parameters: Parameters): number | null {
  for (const prefix of ['X-Amz-', 'X-Goog-']) {
    const begins = compactInstant(parameters.get(`${prefix}Date`));
    const seconds = wholeNumber(parameters.get(`${prefix}Expires`));
    const isSigned = parameters.has(`${prefix}Signature`);
    if (isSigned && begins !== null && seconds !== null) return begins + seconds * 1000;
  }
  return null;
}

/** The version before, and CloudFront with a canned policy: seconds since the epoch. */
function signedUntil(parameters: Parameters): number | null {
  const signers = ['AWSAccessKeyId', 'GoogleAccessId', 'Key-Pair-Id'];
  if (!parameters.has('Signature') || !signers.some((name) => parameters.has(name))) return null;
  const seconds = wholeNumber(parameters.get('Expires'));
  return seconds === null ? null : seconds * 1000;
}

/** Azure: an instant in ISO 8601, in UTC. */
function sharedUntil(parameters: Parameters): number | null {
  const end = parameters.get('se');
  if (!parameters.has('sig') || end === null) return null;
  const iso = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?Z)?$/.exec(end);
  if (iso === null) return null;
  const [, day, minutes = '00:00', seconds = ':00'] = iso;
  return Date.parse(`${day}T${minutes}${seconds}Z`);
}

/** CloudFront with a policy of its own: JSON in an alphabet of base64 that fits URLs. */
function policyUntil(parameters: Parameters): number | null {
  const policy = parameters.get('Policy');
  if (policy === null || !parameters.has('Key-Pair-Id')) return null;
  const base64 = policy.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
  const text = Buffer.from(base64, 'base64').toString('utf8');
  const seconds = /"DateLessThan"\s*:\s*\{\s*"AWS:EpochTime"\s*:\s*(\d{1,12})\s*\}/.exec(text)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

/** As in 20260515T004659Z. */
function compactInstant(text: string | null): number | null {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text ?? '');
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function wholeNumber(text: string | null): number | null {
  return /^\d{1,12}$/.test(text ?? '') ? Number(text) : null;
}
