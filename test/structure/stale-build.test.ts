import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { removeStale } from '../../scripts/remove-stale.mjs';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

afterEach(removeFolders);

/** A folder with these files. */
function folderWith(files: readonly string[]): string {
  const root = newFolder();
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  return root;
}

it('a build leaves nothing of a source that is gone, and all of the others', () => {
  const present = [
    'dist/main.js',
    'dist/main.js.map',
    'dist/sandbox/files/assets/face.png',
    'dist/explorer/editor.js',
    'dist/.tsbuildinfo',
  ];
  const root = folderWith([
    'src/main.ts',
    'src/sandbox/files/assets/face.png',
    ...present,
    'dist/gone.js',
    'dist/gone.js.map',
    'dist/sandbox/gone.js',
    'dist/sandbox/files/assets/gone.png',
    'dist/gone/within/gone.js',
  ]);
  removeStale(root);
  const left = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })
    .map((name) => `dist/${name}`)
    .filter((name) => /\.\w+$/.test(name));
  expect(left.sort()).toEqual([...present].sort());
  expect(existsSync(join(root, 'dist/gone'))).toBe(false);
});
