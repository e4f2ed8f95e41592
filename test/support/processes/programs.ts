import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The environment variable that names the folder of the bundled programs; not set outside the test suite. */
export const PROGRAMS = 'BUNDLED_TEST_PROGRAMS';

const SHIPPED = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** The gateway to run with Node: bundled in the test suite, elsewhere from `dist`. */
export function gatewayProgram(): string {
  return process.env[PROGRAMS] === undefined ? SHIPPED : programOf('gateway');
}

/** The file to run with Node: the gateway, a command of operators', a gateway that ends at a point of its work, or a writer of purchases. */
export function programOf(
  name: 'gateway' | 'purchases' | 'backup' | 'restore' | 'dying-gateway' | 'store-writer',
): string {
  const folder = process.env[PROGRAMS];
  if (folder === undefined) throw new Error('Vitest has not bundled the programs.');
  return join(folder, `${name}.mjs`);
}
