import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../runtime/files/make-folder.ts';
import { DemoError } from './demo-error.ts';

/**
 * Saves what is at `url` as `file`, making its folder, and returns its size in bytes. The file
 * appears whole or not at all. Throws DemoError when it cannot be had or saved.
 */
export async function download(url: string, file: string, signal: AbortSignal): Promise<number> {
  const part = `${file}.part`;
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new DemoError(`HTTP ${response.status}`);
    await makeFolder(dirname(file));
    await writeFile(part, response.body, { signal });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : 'unknown reason';
    throw new DemoError(`The output could not be saved as ${file}: ${reason}`);
  }
  return (await stat(file)).size;
}
