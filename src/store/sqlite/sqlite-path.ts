import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openError } from './sqlite-open-error.ts';

/**
 * The absolute path that a `file:` URL of the configuration names. Throws StoreOpenError for one
 * that names no file of this machine.
 */
export function sqlitePathOf(url: string): string {
  if (!url.startsWith('file:')) throw openError('CANNOT_OPEN', url);
  if (!url.startsWith('file://')) return resolve(url.slice('file:'.length));
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw openError('CANNOT_OPEN', url, error);
  }
}
