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

/** What is allowed but perhaps not meant; one sentence each, without any secret. `teams` of null is the sandbox. */
export function warningsOf(
  values: Environment,
  set: Readonly<Record<string, string>>,
  teams: readonly TeamConfig[] | null,
): string[] {
  return [
    ...Object.keys(set)
      .filter((name) => name.startsWith('AKOOL_') && !Object.hasOwn(environment.shape, name))
      .map((name) => `${name} is not a variable of this gateway; it is ignored.`),
    ...NOT_FOR_THE_SANDBOX.filter((name) => teams === null && set[name] !== undefined).map(
      (name) => `${name} is ignored by the sandbox: set AKOOL_API_KEY to use AKOOL.`,
    ),
    ...unencrypted(values, teams ?? []),
    ...(values.TEAMS_FILE === undefined ? [] : aboutTeams(values, teams ?? [])),
    ...(values.PERSISTED_ONLY && values.EXPLORER === true
      ? ['PERSISTED_ONLY refuses what the explorer asks for, introspection first: unset EXPLORER.']
      : []),
  ];
}

function unencrypted(values: Environment, teams: readonly TeamConfig[]): string[] {
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
  return warnings;
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
