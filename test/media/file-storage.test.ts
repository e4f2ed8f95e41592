import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openFileStorage } from '../../src/media/storage/file-storage.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { mediaStorageContract } from './storage.contract.ts';

afterEach(removeFolders);

mediaStorageContract('a folder', () => openFileStorage(join(newFolder(), 'media')));

describe('a folder of media', () => {
  it('is cleaned of what a killed process left half written', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, '.parts'));
    writeFileSync(join(folder, '.parts', 'half'), 'half');
    await openFileStorage(folder);
    expect(readdirSync(join(folder, '.parts'))).toEqual([]);
  });

  it('is for its own user alone', async () => {
    const folder = join(newFolder(), 'media');
    const storage = await openFileStorage(folder);
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
    };
    await storage.write('uploads/one', content(), 'image/png');
    expect(statSync(join(folder, 'uploads/one')).mode & 0o077).toBe(0);
  });

  it('says that it cannot be used where there is a file in its place, without naming it', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    await expect(openFileStorage(join(file, 'media'))).rejects.toMatchObject({
      name: 'MediaStorageError',
      problem: 'AWAY',
      message: 'The media store cannot be used.',
    });
  });
});
