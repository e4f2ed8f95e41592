import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The absolute path that `file:` and a path, or a whole URL, names: as the store takes
 * DATABASE_URL. Null: it names a host.
 */
export function filePathOf(url: string): string | null {
  if (!url.startsWith('file://')) return resolve(url.slice('file:'.length));
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}
