import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import * as scripted from '../support/akool/scripted-answers.ts';
import { startSecureUpstream } from '../support/akool/secure-upstream.ts';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import { API_KEY } from '../support/gateway/stories.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await killGateways();
  for (const stop of stops.splice(0)) await stop();
  removeFolders();
});

const SUBMIT = `mutation { submitAnalysis(input: { videoUrl: "https://example.com/source.mp4" }) {
  __typename ... on Analysis { id }
} }`;

it('each create has a connection and a TLS session of its own', async () => {
  const folder = newFolder();
  const { upstream, ca, url } = await startSecureUpstream(folder);
  stops.push(upstream.stop);
  const sockets: Socket[] = [];
  const resumed: boolean[] = [];
  upstream.always('analyze', (exchange) => {
    const { socket } = exchange;
    sockets.push(socket);
    resumed.push(socket instanceof TLSSocket && socket.isSessionReused());
    scripted.success({ _id: `6a066d03625746c797390f5${sockets.length}`, status: 1 })(exchange);
  });
  const gateway = await spawnGateway(folder, {
    AKOOL_API_KEY: API_KEY,
    AKOOL_BASE_URL: url,
    NODE_EXTRA_CA_CERTS: ca,
  });
  for (let create = 0; create < 3; create += 1) {
    const { data } = await gateway.ask(SUBMIT);
    expect(data).toMatchObject({ submitAnalysis: { __typename: 'Analysis' } });
  }
  expect(new Set(sockets).size).toBe(3);
  expect(resumed).toEqual([false, false, false]);
});
