import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Gateway,
} from '../support/gateway/gateway.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { envFor } from '../support/gateway/stories.ts';
import { startCarelessServer } from './support/careless-server.ts';
import { copChecks } from './support/cop-checks.ts';

const KEY = 'hsg_the-key-of-an-honest-caller';

async function findingsAt(url: string, headers: Record<string, string> = {}): Promise<string[]> {
  const findings: string[] = [];
  for (const [title, check] of Object.entries(copChecks)) {
    if (await check(url, headers)) findings.push(title);
  }
  return findings;
}

describe('the twelve checks of graphql-cop', () => {
  let upstream: ScriptedUpstream;
  let production: Gateway;
  beforeAll(async () => {
    ({ upstream, gateway: production } = await startWithUpstream({
      CALLER_KEYS: KEY,
      HOST: '127.0.0.1',
      NODE_ENV: 'production',
    }));
  });
  afterAll(stopGateways);

  it('find everything at a careless server', async () => {
    const careless = await startCarelessServer();
    expect(await findingsAt(careless.url)).toEqual(Object.keys(copChecks));
    expect(Object.keys(copChecks)).toHaveLength(12);
    await careless.stop();
  });

  it('find nothing at a gateway in production, as a stranger', async () => {
    expect(await findingsAt(`${production.url}/graphql`)).toEqual([]);
  });

  it('find nothing as a caller either but queries by GET, which are refused to pages of other sites', async () => {
    const url = `${production.url}/graphql`;
    const headers = { 'x-api-key': KEY };
    expect(await findingsAt(url, headers)).toEqual(['GET Method Query Support']);
    const crossSite = { ...headers, 'sec-fetch-site': 'cross-site' };
    expect((await fetch(`${url}?query={__typename}`, { headers: crossSite })).status).toBe(403);
  });

  it('find nothing but queries by GET and what the explorer is for at a stock gateway', async () => {
    const stock = await startGateway({ env: envFor(upstream) });
    expect(await findingsAt(`${stock.url}/graphql`)).toEqual([
      'Field Suggestions',
      'Introspection',
      'GraphQL IDE',
      'GET Method Query Support',
    ]);
  });
});
