import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { buildWithoutSeams } from '../../bench/tracing/without-seams.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

afterAll(removeFolders);

it('the build that traces are measured against has every place where spans come in taken out', () => {
  expect(existsSync(buildWithoutSeams(ROOT, join(newFolder(), 'without')))).toBe(true);
});
