import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { mustBeSavable } from '../../src/cli/demo/download.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

afterEach(removeFolders);

it('is refused before anything is bought where it cannot be saved', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'taken.mp4'));
  await expect(mustBeSavable(join(folder, 'file/deep/er/output.mp4'))).rejects.toThrow(
    `${join(folder, 'file')} is no folder. Nothing was bought.`,
  );
  await expect(mustBeSavable(join(folder, 'taken.mp4'))).rejects.toThrow('that is a folder');
});

it('may be a file that is there, or in folders that are not, and nothing is made of either', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'output.mp4'), 'of yesterday');
  await mustBeSavable(join(folder, 'output.mp4'));
  await mustBeSavable(join(folder, 'here/it/is.mp4'));
  expect(readdirSync(folder)).toEqual(['output.mp4']);
});
