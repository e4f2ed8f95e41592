import { parseArgs } from 'node:util';
import type { SandboxOptions } from './settings.ts';

/** Says in one line what is wrong with the command line. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

/** How the command is used. */
export const USAGE = `Usage: npm run sandbox -- [flags]

  --port <number>         where to listen; 0, the default, takes a free port
  --host <name>           default 127.0.0.1
  --public-url <url>      how others reach it; default from host and port
  --analysis-ms <number>  how long an analysis takes; default 4000
  --task-ms <number>      how long a task takes; default 9000
  --credits <number>      sets the balance; at first it is 1000. Under 100 it is refilled, unless
                          it was set to less
  --state-file <file>     keeps everything in this file, so that a restart goes on where it was
  --numbers-as-strings    every number of every answer is a string
  --help                  prints this
`;

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  'public-url': { type: 'string' },
  'analysis-ms': { type: 'string' },
  'task-ms': { type: 'string' },
  credits: { type: 'string' },
  'state-file': { type: 'string' },
  'numbers-as-strings': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const DAY_MS = 86_400_000;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true }).values;
  } catch (error) {
    throw new FlagError(error instanceof Error ? error.message : 'wrong flags');
  }
}

function whole(flag: string, text: string, lowest: number, highest: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= lowest && value <= highest) return value;
  throw new FlagError(
    `--${flag} must be a whole number from ${lowest} to ${highest}, not "${text}"`,
  );
}

function named(flag: string, text: string, what: string): string {
  if (text.trim() !== '') return text;
  throw new FlagError(`--${flag} must be ${what}, not empty`);
}

function publicUrl(text: string): string {
  if (URL.canParse(text) && /^https?:\/\/[^\s/?#\\]+(?:\/[^\s?#]*)?$/i.test(text))
    return text.replace(/\/+$/, '');
  throw new FlagError(`--public-url must be an http or https URL without a query, not "${text}"`);
}

/** Reads the command line; `help` when that was asked for. Throws FlagError. */
export function readFlags(args: readonly string[]): SandboxOptions | 'help' {
  const flags = parse(args);
  if (flags.help) return 'help';
  const { port, host, credits } = flags;
  const { 'analysis-ms': analysis, 'task-ms': task, 'state-file': stateFile } = flags;
  const reachedBy = flags['public-url'];
  return {
    ...(port !== undefined && { port: whole('port', port, 0, 65_535) }),
    ...(host !== undefined && { host: named('host', host, 'a host name or address') }),
    ...(reachedBy !== undefined && { publicUrl: publicUrl(reachedBy) }),
    ...(analysis !== undefined && { analysisMs: whole('analysis-ms', analysis, 1, DAY_MS) }),
    ...(task !== undefined && { taskMs: whole('task-ms', task, 1, DAY_MS) }),
    ...(credits !== undefined && { credits: whole('credits', credits, 0, 1_000_000_000) }),
    ...(flags['numbers-as-strings'] && { numbersAsStrings: true }),
    ...(stateFile !== undefined && { stateFile: named('state-file', stateFile, 'a path') }),
  };
}
