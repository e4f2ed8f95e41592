import { connectRaw } from '../../conformance/support/raw-socket.ts';
import { post, type Credential, type send } from './calling.ts';
import { startGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import { startIssuer, type Issuer } from './issuer.ts';
import { json } from '../akool/scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../akool/scripted-upstream.ts';
import { envFor } from './stories.ts';

/** What no answer, frame, close reason, page or log line may ever hold. */
export const SECRETS = {
  apiKey: 'canary-api-key-0123456789-abcdef',
  previousKey: 'canary-old-key-0123456789-abcdef',
  clientId: 'canary-client-id',
  bearer: 'canary-bearer-token',
  callerKey: 'canary-caller-key-in-plain',
  rawBody: 'canary-of-a-raw-body',
};

/** How callers present themselves. */
export const CALLER: Credential = { 'x-api-key': SECRETS.callerKey };

/** A gateway that has every secret there is, and everything that left it. */
export interface Leakage {
  readonly upstream: ScriptedUpstream;
  readonly issuer: Issuer;
  readonly gateway: Gateway;
  /** Everything that was noted. */
  readonly seen: readonly string[];
  /** Remembers what left the gateway; returns it. */
  note(text: string): string;
  noteAnswer(answer: Awaited<ReturnType<typeof send>>): string;
  /** Any document over HTTP; the whole answer, noted. */
  run(query: string, variables?: object, headers?: Credential): Promise<string>;
  /** Says these messages on a socket and notes everything that it says, to its end. */
  talk(messages: readonly unknown[], credential?: unknown): Promise<string>;
  /** What left the gateway, logs included, with a secret in it, or with one of `more`. */
  leaks(more?: readonly string[]): string[];
  stop(): Promise<void>;
}

/** Starts one. */
export async function startLeakage(options: GatewayOptions = {}): Promise<Leakage> {
  const [upstream, issuer] = await Promise.all([startScriptedUpstream(), startIssuer()]);
  const seen: string[] = [];
  upstream.always('getToken', json({ code: 1000, token: SECRETS.bearer }));
  const gateway = await startGateway({
    ...options,
    env: {
      ...envFor(upstream),
      ...issuer.env,
      AKOOL_API_KEY: SECRETS.apiKey,
      AKOOL_API_KEY_PREVIOUS: SECRETS.previousKey,
      AKOOL_CLIENT_ID: SECRETS.clientId,
      AKOOL_AUTH: 'token',
      PUBLIC_URL: 'https://gateway.example',
      CALLER_KEYS: SECRETS.callerKey,
      EXPLORER: 'true',
    },
  });
  const note = (text: string): string => {
    seen.push(text);
    return text;
  };
  const noteAnswer: Leakage['noteAnswer'] = ({ status, headers, text }) =>
    note(`${status} ${JSON.stringify(headers)} ${text}`);

  return {
    upstream,
    issuer,
    gateway,
    seen,
    note,
    noteAnswer,
    run: async (query, variables = {}, headers = CALLER) =>
      noteAnswer(await post(gateway.url, { query, variables }, headers)),
    async talk(messages, credential = CALLER) {
      const socket = await connectRaw(gateway.url, { init: false });
      socket.webSocket.on('message', (data: Buffer) => note(String(data)));
      socket.send({ type: 'connection_init', payload: credential });
      const acknowledged = await socket.next().then(
        () => true,
        () => false,
      );
      for (const message of acknowledged ? messages : []) {
        socket.send(message);
        await Promise.race([socket.next().catch(() => null), socket.closed]);
      }
      socket.webSocket.close();
      const { code: closeCode, reason } = await socket.closed;
      return note(`${closeCode} ${reason}`);
    },
    leaks(more = []) {
      const texts = [...seen, ...gateway.logs];
      if (texts.join('').length < 1_000) throw new Error('Too little was said.');
      return [...Object.values(SECRETS), ...more]
        .flatMap((secret) => [
          secret,
          encodeURIComponent(secret),
          Buffer.from(secret).toString('base64'),
        ])
        .flatMap((form) => texts.filter((text) => text.includes(form)));
    },
    async stop() {
      await gateway.stop();
      await Promise.all([upstream.stop(), issuer.stop()]);
    },
  };
}
