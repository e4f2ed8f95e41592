import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { readTeamsFile } from '../../src/config/teams-file.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

const BASE = 'https://openapi.akool.com';
const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;

afterEach(removeFolders);

function fileOf(content: unknown): string {
  const path = join(newFolder(), 'teams.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
const problemsIn = (content: unknown): readonly string[] =>
  readTeamsFile(fileOf(content), BASE).problems;

describe('a good teams file', () => {
  const path = (): string =>
    fileOf([
      { id: 'red', akool: { apiKey: 'red-key' }, callerKeys: [digestOf('a'), digestOf('B')] },
      {
        id: 'blue',
        akool: {
          apiKey: 'blue-key-of-16-b',
          apiKeyPrevious: 'blue-key-of-16-a',
          clientId: 'blue',
          auth: 'token',
          baseUrl: 'https://proxy.example/akool/',
        },
        callerKeys: [digestOf('c')],
      },
    ]);

  it('may begin with a byte order mark, as some editors write it', () => {
    const marked = fileOf(`\uFEFF[{"id":"red","akool":{"apiKey":"red-key"}}]`);
    expect(readTeamsFile(marked, BASE)).toMatchObject({ teams: [{ id: 'red' }], problems: [] });
  });

  it('gives each team its account, with the defaults', () => {
    const { teams, severalTeams, credentials, explorer } = readConfig({ TEAMS_FILE: path() });
    expect(teams).toEqual([
      {
        id: 'red',
        callerKeys: [digestOf('a'), digestOf('B')],
        akool: {
          apiKey: 'red-key',
          apiKeyPrevious: null,
          clientId: null,
          auth: 'key',
          baseUrl: BASE,
        },
      },
      {
        id: 'blue',
        callerKeys: [digestOf('c')],
        akool: {
          apiKey: 'blue-key-of-16-b',
          apiKeyPrevious: 'blue-key-of-16-a',
          clientId: 'blue',
          auth: 'token',
          baseUrl: 'https://proxy.example/akool',
        },
      },
    ]);
    expect({ severalTeams, credentials, explorer }).toEqual({
      severalTeams: true,
      credentials: true,
      explorer: false,
    });
  });

  it('replaces the variables of a single team', () => {
    const variables = {
      AKOOL_API_KEY: 'key',
      AKOOL_API_KEY_PREVIOUS: 'key',
      AKOOL_CLIENT_ID: 'client',
      AKOOL_AUTH: 'key',
      CALLER_KEYS: digestOf('d'),
    };
    for (const [variable, value] of Object.entries(variables)) {
      expect(() => readConfig({ TEAMS_FILE: path(), [variable]: value })).toThrow(
        `${variable}=${variable === 'AKOOL_AUTH' ? '"key"' : '••••'}`,
      );
    }
  });

  it('makes the operator aware of teams that share an account, and of one that nobody can call for', () => {
    const shared = { apiKey: 'one-key' };
    const { warnings } = readConfig({
      TEAMS_FILE: fileOf([
        { id: 'red', akool: shared, callerKeys: [digestOf('a')] },
        { id: 'blue', akool: shared, callerKeys: [] },
      ]),
    });
    expect(warnings).toEqual([
      expect.stringContaining('Team blue has no callerKeys'),
      expect.stringContaining('Teams red and blue share an AKOOL account'),
    ]);
  });
});

describe('a broken teams file', () => {
  it('stops the start with every mistake in it, and none of its secrets', () => {
    const path = fileOf([
      { id: 'red', akool: { apiKey: 'canary with spaces' }, callerKeys: ['canary-in-plain'] },
      { id: 'red', akool: { apiKey: 'canary', auth: 'token' }, callerKeys: [digestOf('a')] },
      { akool: { apiKey: 'canary', clientId: 'canary' }, callerKeys: [digestOf('A')] },
      {
        id: 'a b',
        akool: { apikey: 'canary', auth: 'token', baseUrl: 'https://user:canary@host' },
      },
      { id: 'last', canary: true, akool: null, callerKeys: digestOf('b') },
      'canary',
    ]);
    const read = (): unknown => readConfig({ TEAMS_FILE: path, PORT: 'canary-free' });
    const problems = readTeamsFile(path, BASE).problems;
    for (const place of [
      '/0/akool/apiKey: expected printable ASCII',
      '/0/callerKeys/0: expected "sha256:" and 64',
      '/1/id: another team has this id, too.',
      '/1/akool/clientId: needed, since auth is "token".',
      '/2/id: expected a string',
      '/2/akool/apiKey: with a clientId it opens webhooks',
      '/3/akool/clientId: needed, since auth is "token".',
      '/2/callerKeys/0: this key opens another team, too.',
      '/3/id: expected 1 to 64 letters',
      '/3/akool/apiKey: expected a string',
      '/3/akool: expected an object with no other keys than apiKey, apiKeyPrevious',
      '/3/akool/baseUrl: expected an http or https URL',
      '/4: expected an object with no other keys than id, akool and callerKeys',
      '/4/akool: expected an object',
      '/4/callerKeys: expected an array',
      '/5: expected an object',
    ]) {
      expect(problems.join('\n')).toContain(place);
      expect(read).toThrow(place);
    }
    expect(read).toThrow('PORT');
    expect(problems.join('\n')).not.toContain('canary');
  });

  it('with a key that cannot open webhooks, or twice in one list, says so', () => {
    expect(
      problemsIn([
        {
          id: 'red',
          akool: { apiKey: 'short', apiKeyPrevious: 'short', clientId: 'client' },
          callerKeys: [digestOf('a'), digestOf('a')],
        },
      ]),
    ).toEqual([
      '/0/akool/apiKey: with a clientId it opens webhooks, so it has 16, 24 or 32 characters.',
      '/0/akool/apiKeyPrevious: with a clientId it opens webhooks, so it has 16, 24 or 32 characters.',
      '/0/callerKeys/1: this key is in this list twice.',
    ]);
  });

  it.each([
    ['not JSON', '{ canary', 'The file is not JSON.'],
    ['an object', {}, 'The file: expected an array of teams.'],
    ['no team', [], 'The file: expected at least one team.'],
  ])('that is %s is told in a sentence', (_what, content, problem) => {
    expect(problemsIn(content)).toEqual([problem]);
  });

  it('that cannot be read is told with the reason and an example', () => {
    const folder = newFolder();
    const example =
      'TEAMS_FILE is a path, relative to the working directory or absolute, as in ./teams.json.';
    for (const [path, reason] of [
      [join(folder, 'none.json'), 'there is no such file'],
      [join(folder, 'none', 'teams.json'), 'there is no such file'],
      [folder, 'it is a folder'],
    ] as const) {
      const told = `The file cannot be read: ${reason}. ${example}`;
      expect(readTeamsFile(path, BASE).problems).toEqual([told]);
    }
  });

  it('that this user may not read is told so', () => {
    const path = fileOf([]);
    chmodSync(path, 0);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      const [problem] = readTeamsFile(path, BASE).problems;
      // Nobody else may look into the folder of a test either.
      expect(problem).toContain('this process may not read it');
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('is named once above all that is wrong in it', () => {
    const path = fileOf([{ id: 'a b' }, {}]);
    const read = (): unknown => readConfig({ TEAMS_FILE: path, PORT: 'x' });
    expect(read).toThrow('5 mistakes');
    expect(read).toThrow(
      `  TEAMS_FILE="${path}"\n    /0/id: expected 1 to 64 letters, digits, "-" or "_".\n    /0/akool: expected`,
    );
    expect(read).not.toThrow(/TEAMS_FILE="[^]*TEAMS_FILE="/);
  });
});
