import { parseArgs } from 'node:util';
import type { PurchaseMutation } from '../../store/purchase.ts';
import { FlagError, orFlagError } from '../flag-error.ts';

/** What the command line asks for. */
export type PurchasesCommand =
  | { readonly do: 'list'; readonly which: Which; readonly json: boolean }
  | {
      readonly do: 'settle';
      readonly key: string;
      /** AKOOL's `_id`. */
      readonly jobId: string;
      readonly which: Which;
    }
  | { readonly do: 'abandon'; readonly key: string; readonly yes: boolean; readonly which: Which };

/** Which creates are meant, besides by key; null: any. */
export interface Which {
  readonly team: string | null;
  readonly mutation: PurchaseMutation | null;
}

/** How the command is used. */
export const USAGE = `Usage: npm run purchases                              lists the creates whose outcome is unknown
       npm run purchases -- settle <key> <AKOOL id>   ends one: AKOOL has made this job for it
       npm run purchases -- abandon <key>             ends one: AKOOL has made nothing, the key may be used again

  --team <id>        only this team's
  --mutation <name>  only createHeadSwapTask's or only submitAnalysis's
  --json             lists as JSON
  --yes              abandons without asking; where there is no terminal nobody is asked anyway
  --help             prints this

A key that begins with a dash goes behind a lone --. It works beside a running gateway, with the gateway's environment. settle reads the
job back from AKOOL first.
`;

const FLAGS = {
  team: { type: 'string' },
  mutation: { type: 'string' },
  json: { type: 'boolean' },
  yes: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const MUTATIONS: readonly PurchaseMutation[] = ['createHeadSwapTask', 'submitAnalysis'];

/** Reads the command line; `help` when that was asked for. Throws FlagError. */
export function readFlags(args: readonly string[]): PurchasesCommand | 'help' {
  const { values, positionals } = orFlagError(() =>
    parseArgs({ args: [...args], options: FLAGS, allowPositionals: true }),
  );
  if (values.help) return 'help';
  const which = { team: values.team ?? null, mutation: mutationIn(values.mutation) };
  const [verb = 'list', key, jobId, ...more] = positionals;
  const given = positionals.length;
  switch (verb) {
    case 'list':
      if (given > 1) throw new FlagError('list takes no further words');
      return { do: 'list', which, json: values.json ?? false };
    case 'settle':
      if (key === undefined || jobId === undefined || more.length > 0) {
        throw new FlagError('settle takes the key and AKOOL’s id');
      }
      return { do: 'settle', key, jobId, which };
    case 'abandon':
      if (key === undefined || given > 2) throw new FlagError('abandon takes the key');
      return { do: 'abandon', key, yes: values.yes ?? false, which };
    default:
      throw new FlagError(`there is list, settle and abandon, and nothing called "${verb}"`);
  }
}

function mutationIn(name: string | undefined): PurchaseMutation | null {
  if (name === undefined) return null;
  const found = MUTATIONS.find((mutation) => mutation === name);
  if (found === undefined) throw new FlagError(`--mutation is ${MUTATIONS.join(' or ')}`);
  return found;
}
