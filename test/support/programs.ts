import { join } from 'node:path';
import { inject } from 'vitest';

/** The file to run with Node: the gateway, one that dies at a point of its work, or a writer of purchases. */
export function programOf(name: 'gateway' | 'dying-gateway' | 'store-writer'): string {
  return join(inject('programs'), `${name}.mjs`);
}
