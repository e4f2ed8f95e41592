import { parseArgs } from 'node:util';
import { parseUrl } from '../../runtime/urls.ts';
import { FlagError, orFlagError } from '../flag-error.ts';

/** What the command line asks for; null: not given. */
export interface DemoFlags {
  /** The gateway's base URL, without `/graphql`. */
  readonly url: string | null;
  /** As given: judging it is the gateway's part. */
  readonly video: string | null;
  readonly face: string | null;
  /** Person.objId. */
  readonly person: number;
  readonly output: string | null;
  readonly callerKey: string | null;
  readonly noColor: boolean;
}

/** How the command is used. */
export const USAGE = `Usage: npm run demo -- [flags]

  --url <url>         a running gateway, as in http://127.0.0.1:4000; default: one of its own, on the sandbox
  --video <url|file>  the video to change, by its URL or from a file; default: a sample with two people, which
                      only the sandbox knows
  --face <url|file>   the face to put in; default: a sample, which only the sandbox knows
  --person <number>   whom to change, by number; default 0
  --output <file>     where to save the result; default ./downloads/<task id>.mp4
  --caller-key <key>  what the gateway at --url asks of its callers
  --no-color          no colours; NO_COLOR=1 does the same
  --help              prints this

With --url and a video of yours this buys a task from the gateway's AKOOL account.
`;

const FLAGS = {
  url: { type: 'string' },
  video: { type: 'string' },
  face: { type: 'string' },
  person: { type: 'string' },
  output: { type: 'string' },
  'caller-key': { type: 'string' },
  'no-color': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Reads the command line; `help` when that was asked for. Throws FlagError. */
export function readFlags(args: readonly string[]): DemoFlags | 'help' {
  const { values: flags } = orFlagError(() => parseArgs({ args: [...args], options: FLAGS }));
  if (flags.help) return 'help';
  const { url, video, face, person, output, 'caller-key': callerKey } = flags;
  if (callerKey !== undefined && url === undefined) {
    throw new FlagError('--caller-key needs --url: a gateway of its own asks for no key');
  }
  return {
    url: url === undefined ? null : baseUrl(url),
    video: video ?? null,
    face: face ?? null,
    person: person === undefined ? 0 : personNumber(person),
    output: output ?? null,
    callerKey: callerKey === undefined ? null : headerValue(callerKey),
    noColor: flags['no-color'] ?? false,
  };
}

function baseUrl(text: string): string {
  if (parseUrl(text) !== null && /^https?:\/\//i.test(text) && !/[?#]/.test(text)) {
    return text.replace(/\/+$/, '').replace(/\/graphql$/, '');
  }
  throw new FlagError(`--url must be an http or https URL without a query, not "${text}"`);
}

function personNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new FlagError(`--person must be a whole number from 0 on, not "${text}"`);
}

function headerValue(text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new FlagError('--caller-key must be printable ASCII without spaces');
}
