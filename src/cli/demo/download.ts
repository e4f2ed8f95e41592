import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
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

/**
 * Throws DemoError where it is plain beforehand that a file cannot be saved there; makes nothing.
 */
export async function mustBeSavable(file: string): Promise<void> {
  const refuse = (why: string): never => {
    throw new DemoError(`The output could not be saved as ${file}: ${why}. Nothing was bought.`);
  };
  if ((await kindOf(file)) === 'folder') refuse('that is a folder');
  let folder = resolve(dirname(file));
  while ((await kindOf(folder)) === 'nothing') folder = dirname(folder);
  if ((await kindOf(folder)) === 'file') refuse(`${folder} is no folder`);
  await access(folder, constants.W_OK).catch(() => refuse(`${folder} cannot be written`));
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  const found = await stat(path).catch(() => null);
  if (found === null) return 'nothing';
  return found.isDirectory() ? 'folder' : 'file';
}
