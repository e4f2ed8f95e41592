import type { Config } from '../../config/config.ts';
import { ConfigError, shown } from '../../config/mistakes.ts';
import { codeOf } from '../../runtime/errors.ts';

const ANOTHER_HOST =
  'HOST is an address or name of this machine: 127.0.0.1 for this machine alone, 0.0.0.0 for all of its addresses.';

/** What listening fails with, what is to be mended, and what is wrong with it. */
const MISTAKES: ReadonlyMap<string, readonly ['host' | 'port', string]> = new Map([
  ['EADDRINUSE', ['port', 'Another program listens there.']],
  ['EACCES', ['port', 'This process may not listen there, mostly below 1024.']],
  ['EADDRNOTAVAIL', ['host', 'This machine has no such address.']],
  ['EAFNOSUPPORT', ['host', 'This machine has no addresses of this kind.']],
  ['EINVAL', ['host', 'It cannot be listened on.']],
  ['ENOTFOUND', ['host', 'No such host is known.']],
  ['EAI_AGAIN', ['host', 'The name server does not answer.']],
]);

/**
 * What listening failed with: a ConfigError where a variable is to blame, else the error as it is.
 */
export function listenError(
  error: unknown,
  { host, port }: Pick<Config, 'host' | 'port'>,
  portVariable: 'PORT' | 'METRICS_PORT' = 'PORT',
): unknown {
  const found = MISTAKES.get(codeOf(error));
  if (found === undefined) return error;
  const [culprit, wrong] = found;
  const anotherPort = `Set ${portVariable} to another one, as in 4001; ${portVariable}=0 picks a free one.`;
  const [variable, value, right] =
    culprit === 'host'
      ? (['HOST', host, ANOTHER_HOST] as const)
      : ([portVariable, String(port), anotherPort] as const);
  return new ConfigError([{ variable, found: shown(variable, value), right: `${wrong} ${right}` }]);
}
