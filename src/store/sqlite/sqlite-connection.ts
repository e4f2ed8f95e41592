import {
  DatabaseSync,
  type DatabaseSyncInstance,
  type StatementSyncInstance,
} from '@photostructure/sqlite';
import { LRUCache } from 'lru-cache';
import { isStorable } from '../sql/sql-engine.ts';

/** Prepared statements kept; the store has far fewer texts than this. */
const STATEMENTS = 256;

/**
 * How long a statement waits, blocking the process, for an operator's own tool to let go of the
 * file.
 */
const BUSY_MS = 250;

/** One connection to a SQLite file. Everything is synchronous; errors are the driver's. */
export interface SqliteConnection {
  /**
   * Runs one statement to its end and returns its rows. Outside a transaction it is durable on
   * return.
   */
  all<Row>(sql: string, parameters: readonly unknown[]): Row[];
  /**
   * Runs `work` between `begin immediate` and `commit`; durable on return. Undone when it throws or
   * returns null. Within another transaction it is part of that one, which alone makes it durable,
   * and which is undone with it: then PartUndone is thrown in the place of null.
   */
  transaction<Result>(work: () => Result): Result;
  /**
   * Runs `work`, whose commits do not wait for the disk: the end of the process takes nothing of
   * them, a power cut may, until the next commit that waits. Not within a transaction.
   */
  withoutSync(work: () => void): void;
  /** Brings the log into the file, where that is possible, and closes. Idempotent. */
  close(): void;
}

/** A part of a transaction is to be undone, and so the transaction is. */
class PartUndone extends Error {}

/**
 * Opens the file with write-ahead log and an fsync for each commit but those of `withoutSync`.
 * Throws the driver's error when the file is no database or cannot be written to. The caller must
 * own the file: see file-lock.ts.
 */
export function openSqliteConnection(file: string): SqliteConnection {
  const database = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    configure(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const statements = new LRUCache<string, StatementSyncInstance>({ max: STATEMENTS });
  const prepare = (sql: string): StatementSyncInstance => {
    const kept = statements.get(sql);
    if (kept !== undefined) return kept;
    const fresh = database.prepare(sql);
    statements.set(sql, fresh);
    return fresh;
  };

  return {
    all: (sql, parameters) => prepare(sql).all(...parameters.map(toBindable)),
    transaction(work) {
      if (database.isTransaction) {
        const part = work();
        if (part === null) throw new PartUndone();
        return part;
      }
      database.exec('begin immediate');
      try {
        const result = work();
        database.exec(result === null ? 'rollback' : 'commit');
        return result;
      } catch (error) {
        // Some failures, a full disk among them, have ended the transaction already.
        if (database.isTransaction) database.exec('rollback');
        throw error;
      }
    },
    withoutSync(work) {
      database.exec('pragma synchronous = normal');
      try {
        work();
      } finally {
        database.exec('pragma synchronous = full');
      }
    },
    close() {
      if (!database.isOpen) return;
      statements.clear();
      try {
        // The driver's close leaves the log behind, and a copy of the file alone would miss what is
        // in it.
        database.exec('pragma wal_checkpoint(truncate)');
      } catch {
        // The log is durable as it is; the next to open the file reads it.
      }
      database.close();
    },
  };
}

function configure(database: DatabaseSyncInstance): void {
  // Only exec tells by its code what is wrong with a file, and only before the first prepared
  // statement does the driver's close really let go of it.
  database.exec('pragma journal_mode = wal');
  // SQLite opens for reading what it may not write to, and would only tell at the first write.
  database.exec('begin immediate; pragma user_version = 0; rollback');
  database.exec('pragma synchronous = full');
  // Otherwise statements of many rows spill to files, in folders that may be read-only.
  database.exec('pragma temp_store = memory');
  // macOS: an fsync that does not stop at the drive's cache. Nothing elsewhere.
  database.exec('pragma fullfsync = 1');
  const [mode] = database.prepare('pragma journal_mode').all();
  if (mode.journal_mode !== 'wal') {
    throw new Error('The file system does not support write-ahead logging.');
  }
}

/**
 * The value as the driver gets it: integers as BigInt, so that none arrives as a float, flags as 1
 * and 0. Throws TypeError for anything whose meaning would change on the way: the driver binds a
 * Date or another object as NULL, ends a text at NUL and replaces half a surrogate pair.
 */
export function toBindable(value: unknown): string | bigint | null {
  if (value === null) return null;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && isStorable(value)) return value;
  throw new TypeError(`A store statement got a ${typeof value} that it cannot hold.`);
}
