import { afterEach, describe, expect, it } from 'vitest';
import { startScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startSecureUpstream } from '../support/akool/secure-upstream.ts';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import { startIssuer } from '../support/gateway/issuer.ts';
import { API_KEY } from '../support/gateway/stories.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { isMissing } from '../support/processes/system-server.ts';
import { startTinyproxy } from '../support/proxies/tinyproxy.ts';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await killGateways();
  for (const stop of stops.splice(0)) await stop();
  removeFolders();
});

describe.skipIf(isMissing('tinyproxy'))('a gateway behind a forward proxy', () => {
  it.each(['HTTPS_PROXY', 'https_proxy', 'AKOOL_PROXY'])(
    'asks AKOOL over TLS through %s',
    async (variable) => {
      const folder = newFolder();
      const { upstream, ca, url } = await startSecureUpstream(folder);
      stops.push(upstream.stop);
      const proxy = await startTinyproxy({ credential: 'operator:proxy-secret' });
      stops.push(proxy.stop);
      const gateway = await spawnGateway(folder, {
        AKOOL_API_KEY: API_KEY,
        AKOOL_BASE_URL: url,
        NODE_EXTRA_CA_CERTS: ca,
        [variable]: proxy.url,
      });
      const { data } = await gateway.ask('{ creditBalance }');
      expect(data).toEqual({ creditBalance: 1_000 });
      expect(proxy.tunnels()).toEqual([new URL(url).host]);
      expect(gateway.output()).toContain('AKOOL is asked through a forward proxy');
      expect(gateway.output()).not.toContain('proxy-secret');
    },
  );

  it('goes past it where NO_PROXY says so', async () => {
    const folder = newFolder();
    const { upstream, ca, url } = await startSecureUpstream(folder);
    stops.push(upstream.stop);
    const proxy = await startTinyproxy();
    stops.push(proxy.stop);
    const gateway = await spawnGateway(folder, {
      AKOOL_API_KEY: API_KEY,
      AKOOL_BASE_URL: url,
      NODE_EXTRA_CA_CERTS: ca,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: '.internal,localhost',
    });
    expect((await gateway.ask('{ creditBalance }')).data).toEqual({ creditBalance: 1_000 });
    expect(proxy.tunnels()).toEqual([]);
  });

  it('asks for the keys of JWTs through it', async () => {
    const upstream = await startScriptedUpstream();
    const issuer = await startIssuer();
    const proxy = await startTinyproxy();
    stops.push(upstream.stop, issuer.stop, proxy.stop);
    const gateway = await spawnGateway(newFolder(), {
      AKOOL_API_KEY: API_KEY,
      AKOOL_BASE_URL: upstream.url,
      ...issuer.env,
      HTTP_PROXY: proxy.url,
    });
    const answer = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await issuer.sign()}`,
      },
      body: JSON.stringify({ query: '{ creditBalance }' }),
    });
    expect(await answer.json()).toEqual({ data: { creditBalance: 1_000 } });
    const hosts = [new URL(issuer.env['JWT_JWKS_URL'] ?? '').host, new URL(upstream.url).host];
    expect(proxy.tunnels()).toEqual(hosts);
  });
});
