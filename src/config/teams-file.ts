import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { holdsEndpoint, isPlainHttpUrl } from './value-schemas.ts';
import { isAkoolKey, decryptsWebhooks, type TeamConfig } from './team-config.ts';

/** What a teams file holds, or everything that is wrong with it. */
export interface TeamsFile {
  readonly teams: readonly TeamConfig[];
  /** Sentences naming the place in the file; no secret is in them. */
  readonly problems: readonly string[];
}

const header = z
  .string('a string')
  .regex(/^[\x21-\x7e]+$/, { error: 'printable ASCII without spaces' });

const team = z.strictObject(
  {
    id: z.string('a string').regex(/^[\w-]{1,64}$/, {
      error: '1 to 64 letters, digits, "-" or "_"',
    }),
    akool: z.strictObject(
      {
        apiKey: header,
        apiKeyPrevious: header.optional(),
        clientId: header.optional(),
        auth: z.enum(['key', 'token'], { error: 'either "key" or "token"' }).optional(),
        baseUrl: z
          .string('a string')
          .refine((value) => isPlainHttpUrl(value) && !holdsEndpoint(value), {
            error:
              'an http or https URL without credentials, query or fragment, and without /api/open',
          })
          .optional(),
      },
      { error: objectWith('apiKey, apiKeyPrevious, clientId, auth and baseUrl') },
    ),
    callerKeys: z
      .array(
        z.string('a string').regex(/^sha256:[0-9a-f]{64}$/i, {
          error: '"sha256:" and 64 hexadecimal digits; npm run caller-key prints one',
        }),
        'an array',
      )
      .default([]),
  },
  { error: objectWith('id, akool and callerKeys') },
);

const file = z.array(z.unknown(), 'an array of teams').min(1, 'at least one team');

const known = z.string().nullable().catch(null);

/**
 * What can be told of a team even where the rest of it is wrong; null is what is not there, or not
 * a text.
 */
const looseTeam = z
  .object({
    id: known,
    akool: z
      .object({ apiKey: known, apiKeyPrevious: known, clientId: known, auth: known })
      .nullable()
      .catch(null),
    callerKeys: z.array(z.string()).catch([]),
  })
  .catch({ id: null, akool: null, callerKeys: [] });

type LooseTeam = z.infer<typeof looseTeam>;

/**
 * Names the keys there may be, and never what was found: a key put in the wrong place is a secret
 * all the same.
 */
function objectWith(keys: string): () => string {
  return () => `an object with no other keys than ${keys}`;
}

/** Reads TEAMS_FILE. Never throws: what is wrong is in `problems`. */
export function readTeamsFile(path: string, defaultBaseUrl: string): TeamsFile {
  let content: unknown;
  try {
    // Decoding drops the byte order mark that some editors put before a text.
    content = JSON.parse(new TextDecoder().decode(readFileSync(path)));
  } catch (error) {
    return { teams: [], problems: [whyUnread(error)] };
  }
  const entries = file.safeParse(content);
  if (!entries.success) return { teams: [], problems: entries.error.issues.map(sentence) };
  const teams: TeamConfig[] = [];
  const problems: string[] = [];
  for (const [index, entry] of entries.data.entries()) {
    const parsed = team.safeParse(entry);
    if (parsed.success) {
      teams.push(teamOf(parsed.data, defaultBaseUrl));
    } else {
      for (const issue of parsed.error.issues) {
        problems.push(sentence({ ...issue, path: [index, ...issue.path] }));
      }
    }
  }
  const loose = entries.data.map((entry) => looseTeam.parse(entry));
  return {
    teams,
    problems: [...problems, ...loose.flatMap(problemsWithin), ...problemsAcross(loose)],
  };
}

function whyUnread(error: unknown): string {
  if (error instanceof SyntaxError) return 'The file is not JSON.';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = REASONS.get(code) ?? code;
  return `The file cannot be read: ${reason}. TEAMS_FILE is a path, relative to the working directory or absolute, as in ./teams.json.`;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'there is no such file'],
  ['EACCES', 'this process may not read it'],
  ['EPERM', 'this process may not read it'],
  ['EISDIR', 'it is a folder'],
]);

function sentence({ path, message }: Pick<z.core.$ZodIssue, 'path' | 'message'>): string {
  return `${['', ...path].join('/') || 'The file'}: expected ${message}.`;
}

function teamOf(
  { id, akool, callerKeys }: z.infer<typeof team>,
  defaultBaseUrl: string,
): TeamConfig {
  return {
    id,
    callerKeys,
    akool: {
      apiKey: akool.apiKey,
      apiKeyPrevious: akool.apiKeyPrevious ?? null,
      clientId: akool.clientId ?? null,
      auth: akool.auth ?? 'key',
      baseUrl: (akool.baseUrl ?? defaultBaseUrl).replace(/\/+$/, ''),
    },
  };
}

function problemsWithin({ akool, callerKeys }: LooseTeam, index: number): string[] {
  if (akool === null) return [];
  const { apiKey } = akool;
  const problems = callerKeys.flatMap((key, place) =>
    isAkoolKey(key, apiKey ?? undefined)
      ? [`/${index}/callerKeys/${place}: never the AKOOL key: callers would hold it.`]
      : [],
  );
  if (akool.auth === 'token' && akool.clientId === null) {
    problems.push(`/${index}/akool/clientId: needed, since auth is "token".`);
  }
  for (const name of ['apiKey', 'apiKeyPrevious'] as const) {
    const key = akool[name];
    if (akool.clientId !== null && key !== null && !decryptsWebhooks(key)) {
      problems.push(
        `/${index}/akool/${name}: with a clientId it opens webhooks, so it has 16, 24 or 32 characters.`,
      );
    }
  }
  return problems;
}

/** What two teams may not have in common. */
function problemsAcross(teams: readonly LooseTeam[]): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const keys = new Map<string, number>();
  for (const [index, { id, callerKeys }] of teams.entries()) {
    if (id !== null && ids.has(id)) problems.push(`/${index}/id: another team has this id, too.`);
    if (id !== null) ids.add(id);
    for (const [place, key] of callerKeys.entries()) {
      const digest = key.toLowerCase();
      const owner = keys.get(digest);
      keys.set(digest, owner ?? index);
      if (owner === undefined) continue;
      const whose = owner === index ? 'is in this list twice' : 'opens another team, too';
      problems.push(`/${index}/callerKeys/${place}: this key ${whose}.`);
    }
  }
  return problems;
}
