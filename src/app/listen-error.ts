import type { Config } from '../config/config.ts';
import { ConfigError, shown } from '../config/mistakes.ts';
import { codeOf } from '../runtime/errors.ts';

const ANOTHER_PORT = 'Set PORT to another one, as in 4001; PORT=0 picks a free one.';
const ANOTHER_HOST =
  'HOST is an address or name of this machine: 127.0.0.1 for this machine alone, 0.0.0.0 for all of its addresses.';

/** What listening fails with, which variable is to be mended, and what would be right. */
const MISTAKES: ReadonlyMap<string, readonly ['HOST' | 'PORT', string]> = new Map([
  ['EADDRINUSE', ['PORT', `Another program listens there. ${ANOTHER_PORT}`]],
  ['EACCES', ['PORT', `This process may not listen there, mostly below 1024. ${ANOTHER_PORT}`]],
  ['EADDRNOTAVAIL', ['HOST', `This machine has no such address. ${ANOTHER_HOST}`]],
  ['EAFNOSUPPORT', ['HOST', `This machine has no addresses of this kind. ${ANOTHER_HOST}`]],
  ['EINVAL', ['HOST', `It cannot be listened on. ${ANOTHER_HOST}`]],
  ['ENOTFOUND', ['HOST', `No such host is known. ${ANOTHER_HOST}`]],
  ['EAI_AGAIN', ['HOST', `The name server does not answer. ${ANOTHER_HOST}`]],
]);

/** What listening failed with: a ConfigError where a variable is to blame, else the error as it is. */
export function listenError(
  error: unknown,
  { host, port }: Pick<Config, 'host' | 'port'>,
): unknown {
  const found = MISTAKES.get(codeOf(error));
  if (found === undefined) return error;
  const [variable, right] = found;
  const value = variable === 'HOST' ? host : String(port);
  return new ConfigError([{ variable, found: shown(variable, value), right }]);
}
