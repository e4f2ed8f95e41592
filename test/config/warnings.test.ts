import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { logStart } from '../../src/app/log-start.ts';
import { readConfig } from '../../src/config/config.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

const KEY = 'sixteen-byte-key';

afterEach(removeFolders);

describe('warnings', () => {
  const warnings = (env: Record<string, string>): readonly string[] => readConfig(env).warnings;

  it('name AKOOL_ variables that do nothing', () => {
    expect(warnings({ AKOOL_API_KEY: 'key', AKOOL_API_KEY_PREVIUOS: 'canary' })).toEqual([
      'AKOOL_API_KEY_PREVIUOS is not a variable of this gateway; it is ignored.',
    ]);
    expect(warnings({ AKOOL_CLIENT_ID: 'canary' })).toEqual([
      'AKOOL_CLIENT_ID is ignored by the sandbox: set AKOOL_API_KEY to use AKOOL.',
    ]);
  });

  it('name what travels unencrypted', () => {
    const env = {
      AKOOL_API_KEY: 'key',
      PUBLIC_URL: 'http://gateway.example',
      AKOOL_BASE_URL: 'http://akool.example',
      JWT_JWKS_URL: 'http://login.example/keys',
      JWT_ISSUER: 'i',
      JWT_AUDIENCE: 'a',
    };
    expect(warnings(env)).toHaveLength(3);
    expect(warnings({ ...env, PUBLIC_URL: 'https://gateway.example' })).toHaveLength(2);
    expect(warnings({ AKOOL_API_KEY: 'key', AKOOL_BASE_URL: 'http://127.0.0.1:1' })).toEqual([]);
  });

  it.each([
    ['postgres://u:canary@db.example/gateway', 1],
    ['postgresql://u:canary@10.0.0.5:5432/gateway?application_name=x', 1],
    ['postgres://u:canary@localhost/gateway?host=db.example', 1],
    ['postgres://u:canary@db.example/gateway?sslmode=verify-full', 0],
    ['postgres://u:canary@db.example/gateway?sslmode=disable', 0],
    ['postgres://u:canary@db.example/gateway?ssl=true', 0],
    ['postgres://u:canary@127.0.0.1:5432/gateway', 0],
    ['postgres://u:canary@[::1]/gateway', 0],
    ['postgres://u:canary@db.example/gateway?host=/run/postgresql', 0],
    ['postgres://%2Frun%2Fpostgresql/gateway', 0],
    ['postgres:///gateway?host=/run/postgresql', 0],
    ['file:./data/gateway.db', 0],
  ])('name a database that is spoken to in the open: %s', (url, count) => {
    const told = warnings({ AKOOL_API_KEY: 'key', DATABASE_URL: url });
    expect(told).toHaveLength(count);
    for (const warning of told) expect(warning).toMatch(/^DATABASE_URL.*sslmode=verify-full/);
    expect(told.join()).not.toContain('canary');
    expect(warnings({ AKOOL_API_KEY: 'key', DATABASE_URL: url, PGSSLMODE: 'require' })).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['AKOOL_API_KEY looks like a bearer token', { AKOOL_API_KEY: 'eyJhbGciOi.eyJzdWIi.c2ln' }],
    [
      'AKOOL_API_KEY_PREVIOUS is AKOOL_API_KEY',
      { AKOOL_API_KEY_PREVIOUS: KEY, AKOOL_CLIENT_ID: 'c', AKOOL_API_KEY: KEY },
    ],
    ['AKOOL_API_KEY_PREVIOUS opens webhooks', { AKOOL_API_KEY_PREVIOUS: 'before' }],
    ['JWT_TEAM_CLAIM does nothing', { JWT_TEAM_CLAIM: 'org' }],
    ['NODE_ENV is not production', { NODE_ENV: 'prod' }],
    ['NO_PROXY has entries with a slash', { NO_PROXY: 'localhost,10.0.0.0/8' }],
    ['PUBLIC_URL names this machine', { PUBLIC_URL: 'https://localhost:4000' }],
    ['PUBLIC_URL names this machine', { PUBLIC_URL: 'https://192.168.1.10' }],
    ['PUBLIC_URL is the base of every route', { PUBLIC_URL: 'https://a.example/graphql' }],
  ])('name what cannot do what it is there for: %s', (begins, env) => {
    const told = warnings({ AKOOL_API_KEY: 'key', ...env });
    expect(told).toEqual([expect.stringContaining(begins)]);
  });

  it('name an explorer that cannot work', () => {
    const env = { AKOOL_API_KEY: 'key', PERSISTED_ONLY: 'true' };
    expect(warnings(env)).toEqual([expect.stringContaining('EXPLORER=false')]);
    expect(warnings({ ...env, EXPLORER: 'false' })).toEqual([]);
    expect(warnings({ ...env, CALLER_KEYS: KEY })).toEqual([]);
    expect(warnings({ ...env, CALLER_KEYS: KEY, EXPLORER: 'true' })).toHaveLength(1);
  });
});

/** What the start of a gateway tells beside warnings; the last line tells where it listens. */
function toldBy(env: Record<string, string>, sandboxUrl: string | null = null): string[] {
  const lines: string[] = [];
  const write = (_fields: object, line: string): void => void lines.push(line);
  const log = { debug: write, info: write, warn: () => undefined, error: write };
  const app = { url: 'http://127.0.0.1:4000', metricsUrl: null, sandboxUrl, stop: async () => {} };
  logStart(log, readConfig(env), app);
  return lines;
}

describe('the line that tells how ends are seen', () => {
  const told = (env: Record<string, string>): string | null => {
    const lines = toldBy(env);
    expect(lines.length).toBeLessThanOrEqual(2);
    return lines.length === 1 ? null : String(lines[0]);
  };
  const polling =
    ': completion is seen by polling, and a create whose answer is lost stays unknown until somebody settles it (npm run purchases). Webhooks are the only automatic way out.';
  const webhooks = { PUBLIC_URL: 'https://gateway.example', AKOOL_CLIENT_ID: 'client' };

  it('is there unless AKOOL is asked to call', () => {
    const account = { AKOOL_API_KEY: 'a-key-with-24-characters' };
    expect(told({ ...account, ...webhooks })).toBeNull();
    for (const name of ['PUBLIC_URL', 'AKOOL_CLIENT_ID']) {
      const reason = 'PUBLIC_URL and AKOOL_CLIENT_ID are not both set';
      expect(told({ ...account, ...webhooks, [name]: '' })).toBe(reason + polling);
    }
    expect(toldBy({}, 'http://127.0.0.1:4010')[0]).toMatch(/built-in sandbox/);
  });

  it('names the teams it is true of', () => {
    const TEAMS_FILE = join(newFolder(), 'teams.json');
    const team = (id: string, more: object = {}) => ({
      id,
      akool: { apiKey: 'a-key-with-24-characters', ...more },
      callerKeys: [`sha256:${'a'.repeat(63)}${id.length}`],
    });
    const { PUBLIC_URL } = webhooks;
    const called = team('blue', { clientId: 'blue' });
    writeFileSync(TEAMS_FILE, JSON.stringify([team('red'), called, team('green')]));
    expect(told({ TEAMS_FILE, PUBLIC_URL })).toBe(
      `Teams without a clientId (red, green)${polling}`,
    );
    expect(told({ TEAMS_FILE })).toBe(`PUBLIC_URL is not set${polling}`);
    writeFileSync(TEAMS_FILE, JSON.stringify([called]));
    expect(told({ TEAMS_FILE, PUBLIC_URL })).toBeNull();
  });
});

describe('the line that tells where the gateway listens', () => {
  const told = (env: Record<string, string>): string => toldBy(env).at(-1) ?? '';

  it('invites to explore where free operations are answered', () => {
    const bare = 'The gateway listens at http://127.0.0.1:4000/graphql.';
    expect(told({})).toBe(`${bare} Open it in a browser to explore.`);
    expect(told({ PERSISTED_ONLY: 'true' })).toBe(bare);
    expect(told({ EXPLORER: 'false' })).toBe(bare);
  });
});
