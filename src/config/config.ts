import { environment, type Environment } from './environment.ts';
import { isLoopback } from './loopback.ts';
import { ConfigError, shown, type Mistake } from './mistakes.ts';
import { opensCallbacks, type TeamConfig } from './team-config.ts';
import { readTeamsFile } from './teams-file.ts';

/** How JWTs of callers are checked. */
export interface JwtConfig {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly teamClaim: string;
}

/** Everything that is configured; contract §3. Durations in milliseconds. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Null: the built-in sandbox is the one account. */
  readonly teams: readonly TeamConfig[] | null;
  /** Whether TEAMS_FILE names the teams, so that a JWT must name one of them. */
  readonly severalTeams: boolean;
  /** Caller keys of the sandbox's one team; those of other teams are with the teams. */
  readonly callerKeys: readonly string[];
  readonly jwt: JwtConfig | null;
  /** Whether callers need a credential. */
  readonly credentials: boolean;
  /** Without a trailing slash; null: AKOOL is never asked to call. */
  readonly publicUrl: string | null;
  readonly databaseUrl: string;
  readonly purchaseKeepMs: number;
  readonly allowedOrigins: readonly string[];
  readonly explorer: boolean;
  readonly persistedOnly: boolean;
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly pollBudgetPerSecond: number;
  readonly upstreamTimeoutMs: number;
  readonly logLevel: Environment['LOG_LEVEL'];
  /** NODE_ENV=production: logs are JSON lines even on a terminal. */
  readonly production: boolean;
  /** What is allowed but perhaps not meant; one sentence each. */
  readonly warnings: readonly string[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The one team of a gateway without TEAMS_FILE. The sandbox's has its own name, so that its jobs never mix with real ones. */
const ONE_TEAM = 'default';

/** Reads the environment. Throws ConfigError with every mistake at once. */
export function readConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const set = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );
  const parsed = environment.safeParse(set);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map((issue) =>
      mistake(set, String(issue.path[0]), issue.message),
    );
    throw new ConfigError(mistakes);
  }
  const values = parsed.data;
  const mistakes: Mistake[] = [];
  const wrong = (variable: string, right: string): void => {
    mistakes.push(mistake(set, variable, right));
  };
  const teamsFile =
    values.TEAMS_FILE === undefined
      ? null
      : readTeamsFile(values.TEAMS_FILE, values.AKOOL_BASE_URL);
  if (teamsFile !== null) for (const problem of teamsFile.problems) wrong('TEAMS_FILE', problem);

  const credentials = hasCredentials(values);
  const sandbox = values.AKOOL_API_KEY === undefined && values.TEAMS_FILE === undefined;
  checkListening(values, credentials, wrong);
  if (sandbox) checkSandbox(values, credentials, wrong);
  else if (values.SANDBOX)
    wrong('SANDBOX', 'The sandbox and an AKOOL account exclude each other: unset one.');
  checkTogether(values, set, wrong);
  if (mistakes.length > 0) throw new ConfigError(mistakes);

  const oneTeam = sandbox ? null : [singleTeam(values)];
  return {
    host: values.HOST,
    port: values.PORT,
    teams: teamsFile?.teams ?? oneTeam,
    severalTeams: teamsFile !== null,
    callerKeys: values.CALLER_KEYS ?? [],
    jwt: jwtOf(values),
    credentials,
    publicUrl: values.PUBLIC_URL ?? null,
    databaseUrl: values.DATABASE_URL,
    purchaseKeepMs: values.PURCHASE_KEEP_DAYS * DAY_MS,
    allowedOrigins: values.ALLOWED_ORIGINS,
    explorer: values.EXPLORER ?? (isLoopback(values.HOST) && !credentials),
    persistedOnly: values.PERSISTED_ONLY,
    pollMinMs: values.POLL_MIN_MS,
    pollMaxMs: values.POLL_MAX_MS,
    pollBudgetPerSecond: values.POLL_BUDGET_PER_SECOND,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
    logLevel: values.LOG_LEVEL,
    production: values.NODE_ENV === 'production',
    warnings: warningsOf(values, set, sandbox),
  };
}

type Wrong = (variable: string, right: string) => void;

function mistake(set: Record<string, string>, variable: string, right: string): Mistake {
  const value = set[variable];
  return { variable, found: value === undefined ? null : shown(variable, value), right };
}

function hasCredentials(values: Environment): boolean {
  return (
    (values.CALLER_KEYS?.length ?? 0) > 0 ||
    values.JWT_JWKS_URL !== undefined ||
    values.TEAMS_FILE !== undefined
  );
}

function checkListening(values: Environment, credentials: boolean, wrong: Wrong): void {
  if (!credentials && !isLoopback(values.HOST)) {
    wrong(
      'HOST',
      'Beyond loopback callers must need a credential, or anybody could spend your credits: set CALLER_KEYS (npm run caller-key makes one), JWT_JWKS_URL or TEAMS_FILE, or listen on 127.0.0.1.',
    );
  }
}

function checkSandbox(values: Environment, credentials: boolean, wrong: Wrong): void {
  if (values.SANDBOX) return;
  const real = [
    [!isLoopback(values.HOST), 'HOST is beyond loopback'],
    [credentials, 'callers need a credential'],
    [values.PUBLIC_URL !== undefined, 'PUBLIC_URL is set'],
    [values.NODE_ENV === 'production', 'NODE_ENV is production'],
  ] as const;
  const reasons = real.filter(([applies]) => applies).map(([, reason]) => reason);
  if (reasons.length > 0) {
    wrong(
      'AKOOL_API_KEY',
      `Needed, since ${reasons.join(', and ')}: the key of your AKOOL account, or SANDBOX=true to run on the built-in sandbox all the same.`,
    );
  }
}

function checkTogether(values: Environment, set: Record<string, string>, wrong: Wrong): void {
  if (values.POLL_MIN_MS > values.POLL_MAX_MS) {
    wrong('POLL_MIN_MS', `No more than POLL_MAX_MS, which is ${values.POLL_MAX_MS}.`);
  }
  if (
    values.AKOOL_AUTH === 'token' &&
    values.AKOOL_CLIENT_ID === undefined &&
    values.TEAMS_FILE === undefined
  ) {
    wrong(
      'AKOOL_CLIENT_ID',
      'AKOOL_AUTH=token signs in with it: the client id of your AKOOL account.',
    );
  }
  const callbacks =
    values.AKOOL_CLIENT_ID !== undefined &&
    (values.PUBLIC_URL !== undefined || values.AKOOL_AUTH === 'key');
  for (const variable of ['AKOOL_API_KEY', 'AKOOL_API_KEY_PREVIOUS'] as const) {
    const key = values[variable];
    if (callbacks && key !== undefined && !opensCallbacks(key)) {
      wrong(variable, 'With AKOOL_CLIENT_ID it opens webhooks, so it has 16, 24 or 32 characters.');
    }
  }
  const jwt = ['JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;
  if (jwt.some((variable) => values[variable] !== undefined)) {
    for (const variable of jwt) {
      if (values[variable] === undefined)
        wrong(variable, `Needed: ${jwt.join(', ')} come together.`);
    }
  }
  if (values.TEAMS_FILE !== undefined) {
    for (const variable of [
      'AKOOL_API_KEY',
      'AKOOL_API_KEY_PREVIOUS',
      'AKOOL_CLIENT_ID',
      'AKOOL_AUTH',
      'CALLER_KEYS',
    ]) {
      if (set[variable] !== undefined)
        wrong(variable, 'TEAMS_FILE replaces it: put it into the file, or unset one of the two.');
    }
  }
}

function singleTeam(values: Environment): TeamConfig {
  return {
    id: ONE_TEAM,
    akool: {
      apiKey: values.AKOOL_API_KEY ?? '',
      apiKeyPrevious: values.AKOOL_API_KEY_PREVIOUS ?? null,
      clientId: values.AKOOL_CLIENT_ID ?? null,
      auth: values.AKOOL_AUTH,
      baseUrl: values.AKOOL_BASE_URL,
    },
    callerKeys: values.CALLER_KEYS ?? [],
  };
}

function jwtOf(values: Environment): JwtConfig | null {
  const { JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE, JWT_TEAM_CLAIM } = values;
  if (JWT_JWKS_URL === undefined || JWT_ISSUER === undefined || JWT_AUDIENCE === undefined)
    return null;
  return {
    jwksUrl: JWT_JWKS_URL,
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    teamClaim: JWT_TEAM_CLAIM,
  };
}

function warningsOf(values: Environment, set: Record<string, string>, sandbox: boolean): string[] {
  const warnings = Object.keys(set)
    .filter((name) => name.startsWith('AKOOL_') && !Object.hasOwn(environment.shape, name))
    .map((name) => `${name} is not a variable of this gateway; it is ignored.`);
  if (sandbox) {
    for (const name of [
      'AKOOL_API_KEY_PREVIOUS',
      'AKOOL_CLIENT_ID',
      'AKOOL_AUTH',
      'AKOOL_BASE_URL',
    ]) {
      if (set[name] !== undefined)
        warnings.push(`${name} is ignored by the sandbox: set AKOOL_API_KEY to use AKOOL.`);
    }
  }
  if (values.PUBLIC_URL?.startsWith('http:')) {
    warnings.push('PUBLIC_URL is http: webhook tokens travel unencrypted. Use https.');
  }
  const { protocol, hostname } = new URL(values.AKOOL_BASE_URL);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    warnings.push('AKOOL_BASE_URL is http: the API key travels unencrypted. Use https.');
  }
  return warnings;
}
