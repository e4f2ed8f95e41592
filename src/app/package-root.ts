import { fileURLToPath } from 'node:url';

/** Where package.json, schema/ and the rest of this package lie, whether src or dist runs. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url));
