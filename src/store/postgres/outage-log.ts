import { DatabaseError } from 'pg';
import { codeOf } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';

/**
 * Tells the log of a database that cannot answer: once per change, however many statements wait for
 * it.
 */
export interface OutageLog {
  /** A statement failed, or no connection could be made for it. */
  statementFailed(error: unknown): void;
  /** A connection broke that nobody was using. */
  connectionBroke(error: Error): void;
  /** A statement was answered. */
  answered(): void;
}

/**
 * So long without a failure, and the next one is another outage: a database that refuses writes
 * alone goes on answering reads.
 */
const CALM_MS = 5000;

/**
 * The classes of SQLSTATE that speak of the server or of the way to it: connection, state of the
 * transaction, authorization, no such database or schema, no permission, resources, not in a fit
 * state, intervention, system, configuration, internal. All others are of one statement, and their
 * messages may quote values.
 */
const OF_THE_SERVER = /^(08|25|28|3D|3F|42501|53|55|57|58|F0|XX)/;

/** Longer than what a server has to say of itself. */
const MESSAGE_LENGTH = 300;

export interface OutageLogParts {
  readonly log: Log;
  /** Milliseconds since some moment, never set back. */
  readonly monotonic: () => number;
}

/** The log of one store's failures, for all of its connections. */
export function createOutageLog({ log, monotonic }: OutageLogParts): OutageLog {
  const told = new Set<string>();
  let lastAt = -Infinity;

  /** Whether this is the first of its kind since the database last answered. */
  const isNew = (kind: string): boolean => {
    lastAt = monotonic();
    if (told.has(kind)) return false;
    told.add(kind);
    return true;
  };

  return {
    statementFailed(error) {
      const engine = describe(error);
      if (isOfOneStatement(error)) log.error({ engine }, 'The store cannot answer.');
      else if (isNew(codeOf(error) || engine)) {
        log.error({ engine, ...serversWords(error) }, 'The store cannot answer.');
      }
    },
    connectionBroke(error) {
      if (!isNew(`idle ${codeOf(error)}`)) return;
      log.warn({ engine: describe(error), ...serversWords(error) }, 'A database connection broke');
    },
    answered() {
      if (told.size === 0 || monotonic() - lastAt < CALM_MS) return;
      told.clear();
      log.info({}, 'The store answers again');
    },
  };
}

function isOfOneStatement(error: unknown): boolean {
  return error instanceof DatabaseError && !OF_THE_SERVER.test(codeOf(error));
}

/** What the server, or a pooler in its place, said; nothing where that may quote values. */
function serversWords(error: unknown): { readonly server?: string } {
  if (!(error instanceof DatabaseError) || isOfOneStatement(error)) return {};
  const { message, detail = '', hint = '' } = error;
  const words = [message, detail, hint].filter((part) => part !== '').join('; ');
  return { server: words.replaceAll(/\s+/g, ' ').slice(0, MESSAGE_LENGTH) };
}

/**
 * Postgres' messages may quote values, its codes and names do not; messages without a code are the
 * driver's own.
 */
function describe(error: unknown): string {
  const code = codeOf(error);
  if (!(error instanceof Error)) return 'no message';
  if (code === '') return error.message;
  const names = ['table', 'column', 'constraint', 'routine'].flatMap((name) => {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? [`${name} ${value}`] : [];
  });
  return [code, ...names].join(', ');
}
