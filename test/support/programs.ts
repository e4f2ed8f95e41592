import { join } from 'node:path';
import { inject } from 'vitest';

/** The file to run with Node: the gateway, `npm run purchases`, a gateway that dies at a point of its work, or a writer of purchases. */
export function programOf(
  name: 'gateway' | 'purchases' | 'dying-gateway' | 'store-writer',
): string {
  return join(inject('programs'), `${name}.mjs`);
}
