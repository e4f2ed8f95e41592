import { access, open, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../../runtime/errors.ts';
import { OWNER_ONLY } from './file-lock.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { openError } from './sqlite-open-error.ts';

/** Throws StoreOpenError (MISSING) where no gateway has been yet. */
export async function mustBeThere(path: string): Promise<void> {
  try {
    await access(path);
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? openError('MISSING', path, error) : error;
  }
}

/** The file's one real path, so that two names of one file share one lock. */
export async function locateFile(path: string): Promise<string> {
  const inFolder = join(await realpath(dirname(path)), basename(path));
  return realpath(inFolder).catch(() => inFolder);
}

/**
 * Opens a file that this process may write to. Throws StoreOpenError (CORRUPT) when its pages are
 * damaged, and the system's errors.
 */
export async function openSound(
  file: string,
  connect: (file: string) => SqliteConnection,
): Promise<SqliteConnection> {
  // Tells why a file cannot be written to more exactly than SQLite does.
  await (await open(file, 'a', OWNER_ONLY)).close();
  const connection = connect(file);
  if (!isSound(connection)) {
    connection.close();
    throw openError('CORRUPT', file);
  }
  return connection;
}

function isSound(connection: SqliteConnection): boolean {
  try {
    const [first] = connection.all<{ quick_check: string }>('pragma quick_check(1)', []);
    return first?.quick_check === 'ok';
  } catch {
    return false;
  }
}
