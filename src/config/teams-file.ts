import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { opensCallbacks, type TeamConfig } from './team-config.ts';

/** What a teams file holds, or everything that is wrong with it. */
export interface TeamsFile {
  readonly teams: readonly TeamConfig[];
  /** Sentences naming the place in the file; no secret is in them. */
  readonly problems: readonly string[];
}

const header = z
  .string('a string')
  .regex(/^[\x21-\x7e]+$/, { error: 'printable ASCII without spaces' });

const team = z.strictObject({
  id: z.string('a string').regex(/^[\w-]{1,64}$/, {
    error: '1 to 64 letters, digits, "-" or "_"',
  }),
  akool: z.strictObject({
    apiKey: header,
    apiKeyPrevious: header.optional(),
    clientId: header.optional(),
    auth: z.enum(['key', 'token'], { error: 'either "key" or "token"' }).optional(),
    baseUrl: z.url({ protocol: /^https?$/, error: 'an http or https URL' }).optional(),
  }),
  callerKeys: z
    .array(
      z.string('a string').regex(/^sha256:[0-9a-f]{64}$/i, {
        error: '"sha256:" and 64 hexadecimal digits; npm run caller-key prints one',
      }),
    )
    .default([]),
});

const file = z.array(team, 'an array of teams').min(1, 'at least one team');

/** Reads TEAMS_FILE. Never throws: what is wrong is in `problems`. */
export function readTeamsFile(path: string, defaultBaseUrl: string): TeamsFile {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const problem =
      error instanceof SyntaxError ? 'The file is not JSON.' : 'The file cannot be read.';
    return { teams: [], problems: [problem] };
  }
  const parsed = file.safeParse(content);
  if (!parsed.success) {
    return {
      teams: [],
      problems: parsed.error.issues.map(
        (issue) => `${['', ...issue.path].join('/') || 'The file'}: expected ${issue.message}.`,
      ),
    };
  }
  const teams = parsed.data.map(({ id, akool, callerKeys }): TeamConfig => ({
    id,
    callerKeys,
    akool: {
      apiKey: akool.apiKey,
      apiKeyPrevious: akool.apiKeyPrevious ?? null,
      clientId: akool.clientId ?? null,
      auth: akool.auth ?? 'key',
      baseUrl: (akool.baseUrl ?? defaultBaseUrl).replace(/\/+$/, ''),
    },
  }));
  return { teams, problems: problemsAcross(teams) };
}

function problemsAcross(teams: readonly TeamConfig[]): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const keys = new Set<string>();
  for (const [index, { id, akool, callerKeys }] of teams.entries()) {
    if (ids.has(id)) problems.push(`/${index}/id: ${JSON.stringify(id)} names another team too.`);
    ids.add(id);
    if (akool.auth === 'token' && akool.clientId === null) {
      problems.push(`/${index}/akool/clientId: needed, since auth is "token".`);
    }
    for (const name of ['apiKey', 'apiKeyPrevious'] as const) {
      const key = akool[name];
      if (akool.clientId !== null && key !== null && !opensCallbacks(key)) {
        problems.push(
          `/${index}/akool/${name}: with a clientId it opens webhooks, so it has 16, 24 or 32 characters.`,
        );
      }
    }
    for (const [place, key] of callerKeys.entries()) {
      const digest = key.toLowerCase();
      if (keys.has(digest))
        problems.push(`/${index}/callerKeys/${place}: this key opens another team too.`);
      keys.add(digest);
    }
  }
  return problems;
}
