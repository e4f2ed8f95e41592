import { StoreOpenError } from '../store-open-error.ts';
import { parseUrl } from '../../runtime/urls.ts';

/**
 * What opening the database failed with, as the operator is to read it. A StoreOpenError is
 * returned as it is.
 */
export function postgresOpenError(place: string, error: unknown): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  return new StoreOpenError('CANNOT_OPEN', `${reasonOf(error)} ${advice(place)}`, error);
}

function reasonOf(error: unknown): string {
  const told = tellable(error);
  const known = REASONS.get(told.code);
  if (known !== undefined) return known;
  if (told.message === NO_TLS_MESSAGE)
    return 'It does not offer TLS, and DATABASE_URL asks for it.';
  if (/^(open|read)$/.test(told.syscall)) {
    const what = [told.code, told.path].filter((part) => part !== '').join(' ');
    return `A file that DATABASE_URL names for TLS cannot be read: ${what}.`;
  }
  if (/^ERR_(SSL|OSSL)_/.test(told.code)) {
    return `TLS fails with ${told.code}: is the client certificate one that it accepts, and is sslkey the key of sslcert?`;
  }
  const detail = told.code === '' ? '' : ` (${told.code})`;
  return `It does not answer as a Postgres database should${detail}.`;
}

/**
 * The parts of an error that hold no secret, empty where it has none; of messages only fixed ones
 * are told.
 */
function tellable(error: unknown): Record<'code' | 'syscall' | 'path' | 'message', string> {
  const part = (name: string): string => {
    const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  return {
    code: part('code'),
    syscall: part('syscall'),
    path: part('path'),
    message: part('message'),
  };
}

/** The driver gives this one no code. */
const NO_TLS_MESSAGE = 'The server does not support SSL connections';

const UNKNOWN_AUTHORITY =
  'Its TLS certificate is from an authority that is not known here: sslrootcert must name the file with the certificate of that authority.';

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html,
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes.
 */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'Nobody listens there.'],
  ['ENOTFOUND', 'Its host is not known.'],
  ['ETIMEDOUT', 'It does not answer.'],
  ['EAI_AGAIN', 'Its host is not known.'],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['CERT_SIGNATURE_FAILURE', UNKNOWN_AUTHORITY],
  ['CERT_HAS_EXPIRED', 'Its TLS certificate has expired.'],
  ['CERT_NOT_YET_VALID', 'Its TLS certificate is not valid yet.'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'Its TLS certificate is for another host: DATABASE_URL must name the host as the certificate does.',
  ],
  [
    '28000',
    'It refuses this user, or wants TLS (sslmode) or a client certificate (sslcert and sslkey).',
  ],
  ['25006', 'It is read-only: a standby, or made so.'],
  ['28P01', 'It refuses this user or password.'],
  ['3D000', 'It has no database of this name.'],
  ['3F000', 'Its search_path names no schema that is there.'],
  ['42501', 'This user may not create tables there.'],
  ['53300', 'It has no connection left.'],
  ['57P03', 'It is starting up or shutting down.'],
]);

function advice(place: string): string {
  return (
    `The database at ${place} cannot be opened. DATABASE_URL must name a Postgres database that this user may create tables in, ` +
    'such as postgres://gateway:password@db.example.com/gateway?sslmode=verify-full.'
  );
}

/**
 * Host, port and database of a URL, without user, password and options. A password with a `/`, `?`
 * or `#` that is not escaped makes other parts of it look like these: then nothing of the URL is
 * told.
 */
export function placeOf(url: string): string {
  const parsed = parseUrl(url);
  if (parsed === null) return 'DATABASE_URL';
  const { host, pathname, search, hash } = parsed;
  return `${pathname}${search}${hash}`.includes('@') ? 'DATABASE_URL' : `${host}${pathname}`;
}
