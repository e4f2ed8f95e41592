import { StoreOpenError } from './store-open-error.ts';

/** What opening the database failed with, as the operator is to read it. A StoreOpenError is returned as it is. */
export function postgresOpenError(place: string, error: unknown): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new StoreOpenError(
    'CANNOT_OPEN',
    `${REASONS.get(code) ?? OTHER_REASON} ${advice(place)}`,
    error,
  );
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html and Node's own codes. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'Nobody listens there.'],
  ['ENOTFOUND', 'Its host is not known.'],
  ['ETIMEDOUT', 'It does not answer.'],
  ['28000', 'It refuses this user.'],
  ['28P01', 'It refuses this user or password.'],
  ['3D000', 'It has no database of this name.'],
  ['42501', 'This user may not create tables there.'],
  ['53300', 'It has no connection left.'],
  ['57P03', 'It is starting up or shutting down.'],
]);

const OTHER_REASON = 'It does not answer as a Postgres database should.';

function advice(place: string): string {
  return (
    `The database at ${place} cannot be opened. DATABASE_URL must name a Postgres database that this user may create tables in, ` +
    'such as postgres://gateway:password@db.example.com/gateway?sslmode=verify-full.'
  );
}

/** Host, port and database of a URL, without user, password and options. */
export function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'DATABASE_URL';
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
