import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { post, send } from '../support/gateway/calling.ts';
import { startWithUpstream, stopGateways, type Gateway } from '../support/gateway/gateway.ts';

/** What other people's clients send, asked of a whole gateway. */

let gateway: Gateway;

beforeAll(async () => {
  ({ gateway } = await startWithUpstream({
    ALLOWED_ORIGINS: 'capacitor://localhost,ionic://localhost',
  }));
});
afterAll(stopGateways);

const BALANCE = '{ creditBalance }';
const ANSWER = '{"data":{"creditBalance":1000}}';

describe('a web view of an app', () => {
  it.each(['capacitor://localhost', 'ionic://localhost'])(
    'is let in from %s, over HTTP and WebSocket',
    async (origin) => {
      const answer = await post(gateway.url, { query: BALANCE }, { origin });
      expect(answer).toMatchObject({ status: 200, text: ANSWER });
      expect(answer.headers['access-control-allow-origin']).toBe(origin);
      const socket = await connectRaw(gateway.url, { headers: { origin } });
      socket.send({ id: '1', type: 'subscribe', payload: { query: BALANCE } });
      expect(await socket.next()).toMatchObject({ type: 'next' });
      socket.webSocket.terminate();
    },
  );

  it('of another scheme is not', async () => {
    const answer = await post(gateway.url, { query: BALANCE }, { origin: 'tauri://localhost' });
    expect(answer.status).toBe(403);
  });
});

describe('an empty operationName', () => {
  it('is none, by POST, by GET and over a WebSocket', async () => {
    const body = { query: BALANCE, operationName: '' };
    expect(await post(gateway.url, body)).toMatchObject({ text: ANSWER });
    const search = new URLSearchParams(body).toString();
    expect(await send(`${gateway.url}/graphql?${search}`)).toMatchObject({ text: ANSWER });
    const socket = await connectRaw(gateway.url);
    socket.send({ id: '1', type: 'subscribe', payload: body });
    expect(await socket.next()).toMatchObject({
      type: 'next',
      payload: { data: { creditBalance: 1_000 } },
    });
    socket.webSocket.terminate();
  });
});
