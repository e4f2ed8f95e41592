import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];

/** A new folder for one test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-test-'));
  folders.push(folder);
  return folder;
}

/** Deletes what `newFolder` made. To be called after each test. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
