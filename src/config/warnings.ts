import { environment, type Environment } from './environment.ts';
import { isLoopback } from './loopback.ts';
import type { TeamConfig } from './team-config.ts';

/** What the sandbox, which has an account of its own, does not look at. */
const NOT_FOR_THE_SANDBOX = [
  'AKOOL_API_KEY_PREVIOUS',
  'AKOOL_CLIENT_ID',
  'AKOOL_AUTH',
  'AKOOL_BASE_URL',
];

/** What in a Postgres URL says whether it is spoken to with TLS; docs/several-instances.md. */
const TLS_OPTIONS = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'sslnegotiation'];

/**
 * What is allowed but perhaps not meant; one sentence each, without any secret. `teams` of null is the sandbox, `explorer` whether
 * there is one, asked for or by default.
 */
export function warningsOf(
  values: Environment,
  set: Readonly<Record<string, string>>,
  teams: readonly TeamConfig[] | null,
  explorer: boolean,
): string[] {
  return [
    ...Object.keys(set)
      .filter((name) => name.startsWith('AKOOL_') && !Object.hasOwn(environment.shape, name))
      .map((name) => `${name} is not a variable of this gateway; it is ignored.`),
    ...NOT_FOR_THE_SANDBOX.filter((name) => teams === null && set[name] !== undefined).map(
      (name) => `${name} is ignored by the sandbox: set AKOOL_API_KEY to use AKOOL.`,
    ),
    ...unencrypted(values, set, teams ?? []),
    ...(values.TEAMS_FILE === undefined ? [] : aboutTeams(values, teams ?? [])),
    ...(values.PERSISTED_ONLY && explorer
      ? [
          'PERSISTED_ONLY refuses what is typed into the explorer, and the introspection that it begins with: set EXPLORER=false.',
        ]
      : []),
  ];
}

function unencrypted(
  values: Environment,
  set: Readonly<Record<string, string>>,
  teams: readonly TeamConfig[],
): string[] {
  const warnings: string[] = [];
  if (values.PUBLIC_URL?.startsWith('http:')) {
    warnings.push('PUBLIC_URL is http: webhook tokens travel unencrypted. Use https.');
  }
  const bases = new Set([values.AKOOL_BASE_URL, ...teams.map(({ akool }) => akool.baseUrl)]);
  if ([...bases].some(isOpenHttp)) {
    warnings.push('AKOOL is reached over http: the API key travels unencrypted. Use https.');
  }
  if (values.JWT_JWKS_URL !== undefined && isOpenHttp(values.JWT_JWKS_URL)) {
    warnings.push(
      'JWT_JWKS_URL is http: whoever can change its answers can sign in as anybody. Use https.',
    );
  }
  // The driver takes PGSSLMODE for a sslmode that the URL leaves out.
  if (set['PGSSLMODE'] === undefined && isOpenPostgres(values.DATABASE_URL)) {
    warnings.push(
      'DATABASE_URL names another machine and no sslmode: the password and all data travel unencrypted. Add ?sslmode=verify-full, or ?sslmode=disable on a network that nobody else is on.',
    );
  }
  return warnings;
}

/** Whether a Postgres database on another machine is spoken to without TLS, and nothing in the URL asks for that. */
function isOpenPostgres(databaseUrl: string): boolean {
  if (!databaseUrl.startsWith('postgres') || !URL.canParse(databaseUrl)) return false;
  const { hostname, searchParams } = new URL(databaseUrl);
  const host = searchParams.get('host') ?? hostname;
  // A path, as it is or escaped, is a Unix socket.
  const isHere = host === '' || /^(\/|%2f)/i.test(host) || isLoopback(host);
  return !isHere && !TLS_OPTIONS.some((name) => searchParams.has(name));
}

function isOpenHttp(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname);
}

function aboutTeams(values: Environment, teams: readonly TeamConfig[]): string[] {
  const warnings: string[] = [];
  const accounts = new Map<string, string>();
  for (const { id, akool, callerKeys } of teams) {
    if (callerKeys.length === 0 && values.JWT_JWKS_URL === undefined) {
      warnings.push(`Team ${id} has no callerKeys and there are no JWTs: nobody can call for it.`);
    }
    const account = JSON.stringify([akool.baseUrl, akool.apiKey]);
    const other = accounts.get(account);
    if (other === undefined) accounts.set(account, id);
    else {
      warnings.push(
        `Teams ${other} and ${id} share an AKOOL account: to AKOOL they are one, so each can look up the other's jobs by id.`,
      );
    }
  }
  return warnings;
}
