import { environment, type Environment } from './environment.ts';
import { isLoopback } from './loopback.ts';
import type { TeamConfig } from './team-config.ts';
import { warningsOfTraces } from './traces/traces-config.ts';

/** What the sandbox, which has an account of its own, does not look at. */
const NOT_FOR_THE_SANDBOX = [
  'AKOOL_API_KEY_PREVIOUS',
  'AKOOL_CLIENT_ID',
  'AKOOL_AUTH',
  'AKOOL_BASE_URL',
];

/** What in a Postgres URL says whether it is spoken to with TLS; docs/several-instances.md. */
const TLS_OPTIONS = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'sslnegotiation'];

/** How a signed JWT begins and is written. */
const JWT = /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/;

/** Addresses and names of private networks. */
const PRIVATE =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|\[f[cd]|\[fe80)|\.(?:local|internal|lan)$/i;

/**
 * What is allowed but perhaps not meant; one sentence each, without any secret. `teams` of null is
 * the sandbox, `explorer` whether there is one, asked for or by default.
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
    ...unused(values, set),
    ...warningsOfTraces(values),
    ...unreachable(values, teams ?? []),
    ...(values.TEAMS_FILE === undefined ? [] : aboutTeams(values, teams ?? [])),
    ...(values.PERSISTED_ONLY && explorer
      ? [
          'PERSISTED_ONLY refuses what is typed into the explorer, and the introspection that it begins with: set EXPLORER=false.',
        ]
      : []),
  ];
}

/** What is set and cannot do what it is there for. */
function unused(values: Environment, set: Readonly<Record<string, string>>): string[] {
  const { AKOOL_API_KEY: key, AKOOL_API_KEY_PREVIOUS: previous, NODE_ENV } = values;
  const neverMatch = (values.NO_PROXY ?? '').split(/[,\s]+/).filter((entry) => entry.includes('/'));
  const remarks: readonly (readonly [boolean, string])[] = [
    [
      values.AKOOL_AUTH === 'key' && key !== undefined && JWT.test(key),
      'AKOOL_API_KEY looks like a bearer token, and is sent as an API key: AKOOL calls that one the API key or clientSecret.',
    ],
    [
      key !== undefined && previous === key,
      'AKOOL_API_KEY_PREVIOUS is AKOOL_API_KEY: it opens nothing that the key does not open.',
    ],
    [
      key !== undefined && previous !== undefined && values.AKOOL_CLIENT_ID === undefined,
      'AKOOL_API_KEY_PREVIOUS opens webhooks, and without AKOOL_CLIENT_ID there are none.',
    ],
    [
      set['JWT_TEAM_CLAIM'] !== undefined && values.TEAMS_FILE === undefined,
      'JWT_TEAM_CLAIM does nothing without TEAMS_FILE: every good token is the one team.',
    ],
    [
      NODE_ENV !== undefined && NODE_ENV !== 'production' && /^prod/i.test(NODE_ENV),
      'NODE_ENV is not production: only that very word counts.',
    ],
    [
      neverMatch.length > 0,
      'NO_PROXY has entries with a slash: it takes host names, and neither URLs nor networks.',
    ],
  ];
  return remarks.filter(([applies]) => applies).map(([, remark]) => remark);
}

/** A PUBLIC_URL that AKOOL cannot call. */
function unreachable(values: Environment, teams: readonly TeamConfig[]): string[] {
  if (values.PUBLIC_URL === undefined) return [];
  const { hostname, pathname } = new URL(values.PUBLIC_URL);
  const warnings: string[] = [];
  const isElsewhere = teams.some(({ akool }) => !isLoopback(new URL(akool.baseUrl).hostname));
  if (isElsewhere && (isLoopback(hostname) || PRIVATE.test(hostname))) {
    warnings.push(
      'PUBLIC_URL names this machine or a private network, which AKOOL cannot call: completion is seen by polling alone.',
    );
  }
  if (/\/(?:graphql|webhooks)(?:\/|$)/.test(pathname)) {
    warnings.push(
      'PUBLIC_URL is the base of every route: AKOOL is told to call its path with /webhooks/akool/… behind it.',
    );
  }
  return warnings;
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

/**
 * Whether a Postgres database on another machine is spoken to without TLS, and nothing in the URL
 * asks for that.
 */
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
