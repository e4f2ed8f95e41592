import type { Config } from './config.ts';

/**
 * The secrets in a configuration, so that the log can be kept clean of them. Digests of caller keys
 * are none, but harmless here.
 */
export function collectSecrets({
  teams,
  callerKeys,
  databaseUrl,
  proxies,
  media,
  metricsToken,
}: Config): string[] {
  const urls = [databaseUrl, proxies.akool, proxies.https, proxies.http];
  const secrets = [...callerKeys, ...urls.flatMap((url) => (url === null ? [] : passwordIn(url)))];
  const { credentials, signingKey } = media ?? { credentials: null, signingKey: null };
  secrets.push(
    signingKey ?? '',
    credentials?.secretAccessKey ?? '',
    credentials?.sessionToken ?? '',
  );
  secrets.push(metricsToken ?? '');
  for (const { akool, callerKeys: keys } of teams ?? []) {
    const { apiKey, apiKeyPrevious, clientId } = akool;
    secrets.push(apiKey, apiKeyPrevious ?? '', clientId ?? '', ...keys);
  }
  return secrets.filter((secret) => secret !== '');
}

function passwordIn(url: string): string[] {
  const password = URL.canParse(url) ? new URL(url).password : '';
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
