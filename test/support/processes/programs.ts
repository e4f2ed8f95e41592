import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The environment variable that names the folder of the bundled programs; not set outside the test suite. */
export const PROGRAMS = 'BUNDLED_TEST_PROGRAMS';

const SHIPPED = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** The gateway to run with Node: bundled in the test suite, elsewhere from `dist`. */
export function gatewayProgram(): string {
  return process.env[PROGRAMS] === undefined ? SHIPPED : programOf('gateway');
}

/** The programs that Vitest bundles: the gateway, operators' commands, and what stands in for a part or a misfortune of them. */
export type ProgramName =
  | 'gateway'
  | 'purchases'
  | 'backup'
  | 'restore'
  | 'dying-gateway'
  | 'streaming-server'
  | 'store-writer';

/** The file of a program, to run with Node. */
export function programOf(name: ProgramName): string {
  const folder = process.env[PROGRAMS];
  if (folder === undefined) throw new Error('Vitest has not bundled the programs.');
  return join(folder, `${name}.mjs`);
}
