import type { Config } from '../config/config.ts';
import { proxyToAkool } from '../config/proxies.ts';
import type { Log } from '../runtime/log.ts';
import type { App } from './app.ts';

/** Tells the operator what runs, where, and what was perhaps not meant. */
export function logStart(log: Log, config: Config, app: App): void {
  for (const warning of config.warnings) log.warn({}, warning);
  if (app.sandboxUrl !== null) {
    log.info(
      { sandbox: app.sandboxUrl },
      'AKOOL_API_KEY is not set: running on the built-in sandbox. Nothing is bought.',
    );
  } else {
    const reason = withoutWebhooks(config);
    if (reason !== null) {
      const line = `${reason}: completion is seen by polling, and a create whose answer is lost stays unknown until somebody settles it (npm run purchases). Webhooks are the only automatic way out.`;
      if (config.production) log.warn({}, line);
      else log.info({}, line);
    }
  }
  for (const proxy of proxiesToAkool(config)) {
    log.info({ proxy }, 'AKOOL is asked through a forward proxy');
  }
  if (app.metricsUrl !== null) {
    log.info({ metrics: app.metricsUrl }, `Operators read figures at ${app.metricsUrl}.`);
  }
  const explores = config.explorer && !config.persistedOnly;
  const explorer = explores ? ' Open it in a browser to explore.' : '';
  log.info({ url: `${app.url}/graphql` }, `The gateway listens at ${app.url}/graphql.${explorer}`);
}

/** The proxies on the way to the teams' accounts, without user and password. */
function proxiesToAkool({ proxies, teams }: Config): ReadonlySet<string> {
  const urls = (teams ?? []).map(({ akool }) => proxyToAkool(proxies, akool.baseUrl)?.url);
  return new Set(urls.flatMap((url) => (url === undefined ? [] : [new URL(url).host])));
}

/** Why AKOOL is not asked to call, for some teams or for all; null: it is. */
function withoutWebhooks({ publicUrl, severalTeams, teams }: Config): string | null {
  const unnamed = (teams ?? []).filter(({ akool }) => akool.clientId === null);
  if (!severalTeams) {
    return publicUrl === null || unnamed.length > 0
      ? 'PUBLIC_URL and AKOOL_CLIENT_ID are not both set'
      : null;
  }
  if (publicUrl === null) return 'PUBLIC_URL is not set';
  return unnamed.length === 0
    ? null
    : `Teams without a clientId (${unnamed.map(({ id }) => id).join(', ')})`;
}
