import { environment, type Environment } from './environment.ts';
import { isLoopback } from './loopback.ts';
import { checkMedia, mediaConfigOf, type MediaConfig } from './media/media-config.ts';
import { ConfigError, shown, type Mistake } from './mistakes.ts';
import { ALSO_IN_LOWER_CASE, proxiesOf, type ProxyConfig } from './proxies.ts';
import { isAkoolKey, decryptsWebhooks, type TeamConfig } from './team-config.ts';
import { readTeamsFile } from './teams-file.ts';
import { tracesConfigOf, type TracesConfig } from './traces/traces-config.ts';
import { warningsOf } from './warnings.ts';

/** How JWTs of callers are checked. */
export interface JwtConfig {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly teamClaim: string;
}

/** Everything that is configured. Durations in milliseconds. */
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
  /** What a create answered with 1015 and no job is taken for. */
  readonly processingError: Environment['AKOOL_1015'];
  readonly proxies: ProxyConfig;
  readonly databaseUrl: string;
  readonly purchaseKeepMs: number;
  /** Null: no files are kept. */
  readonly media: MediaConfig | null;
  readonly allowedOrigins: readonly string[];
  readonly explorer: boolean;
  readonly persistedOnly: boolean;
  /** Whether it answers what a router of Apollo Federation asks a subgraph. */
  readonly federation: boolean;
  /** Modules of plugins: files, from the working directory, or packages. */
  readonly plugins: readonly string[];
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  readonly pollBudgetPerSecond: number;
  readonly upstreamTimeoutMs: number;
  /** What a scraper presents; null: none is taken. */
  readonly metricsToken: string | null;
  /** A listener of its own for figures; null: none. */
  readonly metricsPort: number | null;
  readonly logLevel: Environment['LOG_LEVEL'];
  /** NODE_ENV=production: logs are JSON lines even on a terminal. */
  readonly traces: TracesConfig;
  readonly production: boolean;
  /** What is allowed but perhaps not meant; one sentence each. */
  readonly warnings: readonly string[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The one team of a gateway without TEAMS_FILE. The sandbox's has its own name, so that its jobs
 * never mix with real ones.
 */
const ONE_TEAM = 'default';

/**
 * Reads the environment. Throws ConfigError with every mistake at once: what is wrong with single
 * variables, with the teams file and with how variables depend on each other. Where that matters, a
 * variable that is wrong in itself counts as set.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const set = variablesIn(env);
  const { values, mistakes } = parseEnvironment(set);
  const wrongAlone = new Set(mistakes.map(({ variable }) => variable));
  const wrong = (variable: string, right: string): void => {
    if (!wrongAlone.has(variable)) mistakes.push(mistake(set, variable, right));
  };
  const teamsFile =
    values.TEAMS_FILE === undefined
      ? null
      : readTeamsFile(values.TEAMS_FILE, values.AKOOL_BASE_URL);
  for (const problem of teamsFile?.problems ?? []) wrong('TEAMS_FILE', problem);

  const credentials = isSet(set, 'CALLER_KEYS', 'JWT_JWKS_URL', 'TEAMS_FILE');
  const sandbox = !isSet(set, 'AKOOL_API_KEY', 'TEAMS_FILE');
  checkListening(values, credentials, wrong);
  if (!sandbox && values.SANDBOX) {
    wrong('SANDBOX', 'The sandbox and an AKOOL account exclude each other: unset one.');
  }
  if (sandbox) checkSandbox(values, set, credentials, wrong);
  checkTogether(values, set, wrong);
  checkMedia(values, wrong);
  if (mistakes.length > 0) throw new ConfigError(mistakes);

  const oneTeam = sandbox ? null : [singleTeam(values)];
  const teams = teamsFile?.teams ?? oneTeam;
  const explorer = values.EXPLORER ?? (isLoopback(values.HOST) && !credentials);
  return {
    host: values.HOST,
    port: values.PORT,
    teams,
    severalTeams: teamsFile !== null,
    callerKeys: values.CALLER_KEYS ?? [],
    jwt: jwtOf(values),
    credentials,
    publicUrl: values.PUBLIC_URL ?? null,
    processingError: values.AKOOL_1015,
    proxies: proxiesOf(values),
    databaseUrl: values.DATABASE_URL,
    purchaseKeepMs: values.PURCHASE_KEEP_DAYS * DAY_MS,
    media: mediaConfigOf(values),
    allowedOrigins: values.ALLOWED_ORIGINS,
    explorer,
    persistedOnly: values.PERSISTED_ONLY,
    federation: values.FEDERATION === 'on',
    plugins: values.GATEWAY_PLUGINS,
    pollMinMs: values.POLL_MIN_MS,
    pollMaxMs: values.POLL_MAX_MS,
    pollBudgetPerSecond: values.POLL_BUDGET_PER_SECOND,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
    metricsToken: values.METRICS_TOKEN ?? null,
    metricsPort: values.METRICS_PORT ?? null,
    logLevel: values.LOG_LEVEL,
    traces: tracesConfigOf(values),
    production: values.NODE_ENV === 'production',
    warnings: warningsOf(values, set, teams, explorer),
  };
}

type Wrong = (variable: string, right: string) => void;
type VariableSet = Readonly<Record<string, string>>;

/** What is set at all. */
function variablesIn(env: Readonly<Record<string, string | undefined>>): VariableSet {
  const set = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );
  const lowered = ALSO_IN_LOWER_CASE.flatMap((name) => {
    const value = set[name.toLowerCase()];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...set, ...Object.fromEntries(lowered) };
}

/** The values, with defaults in place of what is wrong in itself. */
function parseEnvironment(set: VariableSet): { values: Environment; mistakes: Mistake[] } {
  const parsed = environment.safeParse(set);
  if (parsed.success) return { values: parsed.data, mistakes: [] };
  const mistakes = parsed.error.issues.map((issue) =>
    mistake(set, String(issue.path[0]), issue.message),
  );
  const wrong = new Set(mistakes.map(({ variable }) => variable));
  const rest = Object.fromEntries(Object.entries(set).filter(([name]) => !wrong.has(name)));
  return { values: environment.parse(rest), mistakes };
}

function mistake(set: VariableSet, variable: string, right: string): Mistake {
  const value = set[variable];
  return { variable, found: value === undefined ? null : shown(variable, value), right };
}

function isSet(set: VariableSet, ...variables: readonly string[]): boolean {
  return variables.some((variable) => set[variable] !== undefined);
}

function checkListening(values: Environment, credentials: boolean, wrong: Wrong): void {
  if (!credentials && !isLoopback(values.HOST)) {
    wrong(
      'HOST',
      'Beyond loopback callers must need a credential, or anybody could spend your credits: set CALLER_KEYS (npm run caller-key makes one), JWT_JWKS_URL or TEAMS_FILE, or listen on 127.0.0.1.',
    );
  }
}

function checkSandbox(
  values: Environment,
  set: VariableSet,
  credentials: boolean,
  wrong: Wrong,
): void {
  if (isSet(set, 'SANDBOX') && set['SANDBOX'] !== 'false') return;
  const real = [
    [!isLoopback(values.HOST), 'HOST is beyond loopback'],
    [credentials, 'callers need a credential'],
    [isSet(set, 'PUBLIC_URL'), 'PUBLIC_URL is set'],
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

function checkTogether(values: Environment, set: VariableSet, wrong: Wrong): void {
  if (values.POLL_MIN_MS > values.POLL_MAX_MS) {
    if (isSet(set, 'POLL_MIN_MS')) {
      wrong('POLL_MIN_MS', `No more than POLL_MAX_MS, which is ${values.POLL_MAX_MS}.`);
    } else {
      const least = `At least POLL_MIN_MS, which is ${values.POLL_MIN_MS}`;
      wrong('POLL_MAX_MS', `${least} unless you set it, too.`);
    }
  }
  if (values.METRICS_PORT === values.PORT && values.PORT !== 0) {
    wrong('METRICS_PORT', 'Another one than PORT, where callers ask; 0 picks a free one.');
  }
  if (values.AKOOL_AUTH === 'token' && !isSet(set, 'AKOOL_CLIENT_ID', 'TEAMS_FILE')) {
    wrong(
      'AKOOL_CLIENT_ID',
      'AKOOL_AUTH=token signs in with it: the client id of your AKOOL account.',
    );
  }
  const takesWebhooks =
    isSet(set, 'AKOOL_CLIENT_ID') && (isSet(set, 'PUBLIC_URL') || values.AKOOL_AUTH === 'key');
  for (const variable of ['AKOOL_API_KEY', 'AKOOL_API_KEY_PREVIOUS'] as const) {
    const key = values[variable];
    if (takesWebhooks && key !== undefined && !decryptsWebhooks(key)) {
      wrong(variable, 'With AKOOL_CLIENT_ID it opens webhooks, so it has 16, 24 or 32 characters.');
    }
  }
  const accountKeys = [values.AKOOL_API_KEY, values.AKOOL_API_KEY_PREVIOUS];
  if (values.CALLER_KEYS?.some((key) => accountKeys.some((own) => isAkoolKey(key, own)))) {
    wrong(
      'CALLER_KEYS',
      'Never the AKOOL key: callers would hold it. npm run caller-key makes one.',
    );
  }
  const jwt = ['JWT_JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'] as const;
  if (isSet(set, ...jwt)) {
    for (const variable of jwt) {
      if (!isSet(set, variable)) wrong(variable, `Needed: ${jwt.join(', ')} come together.`);
    }
  }
  if (isSet(set, 'TEAMS_FILE')) {
    for (const variable of [
      'AKOOL_API_KEY',
      'AKOOL_API_KEY_PREVIOUS',
      'AKOOL_CLIENT_ID',
      'AKOOL_AUTH',
      'CALLER_KEYS',
    ]) {
      if (isSet(set, variable))
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
