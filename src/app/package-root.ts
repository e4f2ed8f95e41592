import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Where package.json, schema/ and the rest of this package lie, whether src or dist runs. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

const packageShape = z.object({ version: z.string() });

/** The version of this package. */
export function packageVersion(): string {
  return packageShape.parse(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')))
    .version;
}
