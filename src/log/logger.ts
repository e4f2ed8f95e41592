import pino from 'pino';
import type { Log } from '../runtime/log.ts';
import { createSecretFilter, hideNamedSecrets } from './secret-filter.ts';

/** Where finished lines go, each with its newline. */
export interface LogDestination {
  write(line: string): unknown;
}

/** From which level on lines are written; `silent` writes none. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/**
 * The gateway's log. `readable` writes for people on a terminal instead of one JSON object a line.
 * Lines are written at once, so the last one before an end is not lost.
 *
 * Secrets are kept out twice: values under telling names are dropped, and in the finished line
 * every one of `secrets` is replaced, wherever it stands.
 */
export async function createLogger(options: {
  readonly level: LogLevel;
  readonly secrets: readonly string[];
  readonly readable: boolean;
  /** Fields of every line, asked for as it is written. Default: none. */
  readonly fields?: () => object;
  /** Default: standard output. */
  readonly destination?: LogDestination;
}): Promise<Log> {
  const filter = createSecretFilter(options.secrets);
  const output = options.destination ?? pino.destination({ fd: 1, sync: true });
  const shown = options.readable ? await readableLines() : (line: string) => line;
  const write = (line: string): void => {
    output.write(shown(filter(line)));
  };
  const log: Log = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      ...(options.fields && { mixin: options.fields }),
      formatters: {
        level: (label) => ({ level: label }),
        log: hideNamedSecrets,
      },
    },
    { write },
  );
  return log;
}

async function readableLines(): Promise<(line: string) => string> {
  const { isColorSupported, prettyFactory } = await import('pino-pretty');
  return prettyFactory({ colorize: isColorSupported, ignore: 'pid,hostname' });
}
