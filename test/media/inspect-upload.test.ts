import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { inspectUpload } from '../../src/media/inspecting/inspect-upload.ts';
import { openFileStorage } from '../../src/media/storage/file-storage.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

const FACE = readFileSync(new URL('../../src/sandbox/files/assets/face.png', import.meta.url));

afterEach(removeFolders);

/** A PNG that claims this size. */
function claiming(width: number, height: number): Buffer {
  const picture = Buffer.from(FACE);
  picture.writeUInt32BE(width, 16);
  picture.writeUInt32BE(height, 20);
  return picture;
}

async function lookAt(picture: Buffer) {
  const storage = await openFileStorage(newFolder());
  const content = async function* (): AsyncGenerator<Uint8Array> {
    yield picture;
  };
  await storage.write('uploads/one', content(), 'image/png');
  return inspectUpload(storage, 'uploads/one', picture.length, 'FACE');
}

it('a picture as large as the largest cameras make is taken', async () => {
  expect(await lookAt(claiming(16_320, 12_240))).toMatchObject({
    kind: 'fit',
    contentType: 'image/png',
    facts: { width: 16_320, height: 12_240, durationSeconds: null },
  });
});

it.each([
  [20_000, 20_000],
  [2 ** 31 - 1, 2 ** 31 - 1],
])('one that claims %i × %i pixels is not', async (width, height) => {
  expect(await lookAt(claiming(width, height))).toEqual({
    kind: 'unfit',
    problem: `The picture is too large: ${width} × ${height} pixels.`,
  });
});
