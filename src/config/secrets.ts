import type { Config } from './config.ts';

/** The secrets in a configuration, so that the log can be kept clean of them. Digests of caller keys are none, but harmless here. */
export function secretsIn({ teams, callerKeys, databaseUrl }: Config): string[] {
  const secrets = [...callerKeys, ...passwordIn(databaseUrl)];
  for (const { akool, callerKeys: keys } of teams ?? []) {
    const { apiKey, apiKeyPrevious, clientId } = akool;
    secrets.push(apiKey, apiKeyPrevious ?? '', clientId ?? '', ...keys);
  }
  return secrets.filter((secret) => secret !== '');
}

function passwordIn(databaseUrl: string): string[] {
  const password = URL.canParse(databaseUrl) ? new URL(databaseUrl).password : '';
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
