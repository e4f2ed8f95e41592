import type { Config } from './config.ts';

/** The secrets in a configuration, so that the log can be kept clean of them. Digests of caller keys are none, but harmless here. */
export function secretsIn({ teams, callerKeys, databaseUrl }: Config): string[] {
  const accounts = (teams ?? []).flatMap(({ akool, callerKeys: keys }) => [
    akool.apiKey,
    ...(akool.apiKeyPrevious === null ? [] : [akool.apiKeyPrevious]),
    ...(akool.clientId === null ? [] : [akool.clientId]),
    ...keys,
  ]);
  return [...accounts, ...callerKeys, ...passwordIn(databaseUrl)];
}

function passwordIn(databaseUrl: string): string[] {
  const password = URL.canParse(databaseUrl) ? new URL(databaseUrl).password : '';
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
