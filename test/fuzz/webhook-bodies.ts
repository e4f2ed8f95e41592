import { createHash } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import * as fc from 'fast-check';
import { CLIENT_ID } from '../support/gateway/stories.ts';
import { startWebhookStory, type WebhookStory } from '../support/akool/webhook-story.ts';
import { sealed, sealedText } from '../support/akool/webhooks.ts';
import { bentBytes, CANARY } from './fuzz-input.ts';
import type { FuzzTarget } from './fuzz-target.ts';

interface Input {
  readonly body: Uint8Array;
  /** What the route must answer; null: either will do. */
  readonly status: 200 | 400 | null;
}

const TAKEN = '{"received":true}';
const REFUSED =
  '{"errors":[{"message":"Not a webhook of this account.","extensions":{"code":"BAD_REQUEST"}}]}';

/** POSTs of anything to a token that is known: taken or refused in the one way there is, and never believed. */
export const webhookBodies: FuzzTarget = {
  name: 'webhooks',
  async run({ runs, seed, onProgress }) {
    const story = await startWebhookStory({ env: { LOG_LEVEL: 'error' } });
    const agent = new Agent({ keepAlive: true });
    let done = 0;
    try {
      const { id, token } = await story.bought();
      story.upstream.setTask(id, { status: 2, progress: 50 });
      const url = `${story.gateway.url}/webhooks/akool/${token}`;
      const property = fc.asyncProperty(inputsFor(id), async ({ body, status }) => {
        const answer = await post(url, agent, body);
        if (answer.text !== (answer.status === 200 ? TAKEN : REFUSED) || answer.status > 400) {
          throw new Error(`status ${answer.status}: ${answer.text.slice(0, 300)}`);
        }
        if (status !== null && status !== answer.status) {
          throw new Error(`${answer.status} instead of ${status}`);
        }
        done += 1;
        if (done % 10_000 === 0) onProgress?.(done);
      });
      await fc.assert(property, { numRuns: runs, seed });
      await checkAfterwards(story, { id, token });
    } finally {
      agent.destroy();
      await story.stop();
    }
  },
};

/** Nothing of what was claimed has become of the task, AKOOL was asked about it alone, and the log says nothing it should not. */
async function checkAfterwards(
  story: WebhookStory,
  task: { readonly id: string; readonly token: string },
): Promise<void> {
  const state = await story.stateOf(task.id);
  if (!/^(QUEUED|PROCESSING)$/.test(state.status) || state.outputUrl !== null) {
    throw new Error(`A claim was believed: ${JSON.stringify(state)}`);
  }
  const asked = story.upstream.requestsTo('task').find(({ path }) => !path.endsWith(task.id));
  if (asked !== undefined) throw new Error(`AKOOL was asked for ${asked.path}`);
  const lines = story.gateway.logs.filter(
    (line) => /"level":"(error|fatal)"/.test(line) || line.includes(task.token),
  );
  if (lines.length > 0) throw new Error(`The log says ${lines[0]}`);
}

const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function inputsFor(id: string): fc.Arbitrary<Input> {
  const claims = fc.record({
    _id: fc.oneof(fc.constant(id), fc.string({ minLength: 1, maxLength: 60 }), fc.constant(CANARY)),
    status: fc.constantFrom(2, 3, 4),
    url: fc.oneof(fc.webUrl(), fc.constant(`javascript:${CANARY}`), fc.constant(null)),
    type: fc.string({ maxLength: 20 }),
  });
  const good = claims
    .filter(({ _id }) => !/\p{Cs}/u.test(_id))
    .map((claim): Input => ({ body: text(sealed(claim)), status: 200 }));
  const either = (body: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Input> =>
    body.map((bytes) => ({ body: bytes, status: null }));
  const refused = (body: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Input> =>
    body.map((bytes) => ({ body: bytes, status: 400 }));

  const bent = claims.chain((claim) => bentBytes(JSON.stringify(sealed(claim))));
  const bentPlaintext = claims
    .chain((claim) => bentBytes(JSON.stringify(claim)))
    .map((bytes) => text(sealedText(Buffer.from(bytes).toString())));
  const odd = fc.jsonValue({ maxDepth: 3 });
  const oddClaim = fc
    .dictionary(fc.constantFrom('_id', 'status', 'type', 'url', '__proto__'), odd)
    .map((claim) => text(sealedText(JSON.stringify(claim))));
  const oddFields = fc
    .tuple(claims, fc.constantFrom('signature', 'dataEncrypt', 'timestamp', 'nonce'), odd)
    .map(([claim, name, value]) => text({ ...sealed(claim), [name]: value }));
  const bentCiphertext = fc
    .tuple(claims, fc.nat(), fc.integer({ min: 1, max: 255 }))
    .map((parts) => {
      const [claim, at, bits] = parts;
      const bytes = Buffer.from(sealed(claim).dataEncrypt, 'base64');
      const place = at % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(place) ^ bits, place);
      return text(resigned(bytes.toString('base64')));
    });
  const randomCiphertext = fc
    .uint8Array({ maxLength: 200 })
    .map((bytes) => text(resigned(Buffer.from(bytes).toString('base64'))));

  return fc.oneof(
    { weight: 1, arbitrary: good },
    { weight: 6, arbitrary: either(bent) },
    { weight: 4, arbitrary: either(bentPlaintext) },
    { weight: 3, arbitrary: either(oddClaim) },
    { weight: 4, arbitrary: either(oddFields) },
    { weight: 4, arbitrary: either(bentCiphertext) },
    { weight: 2, arbitrary: refused(randomCiphertext) },
    { weight: 2, arbitrary: refused(fc.json({ maxDepth: 5 }).map((json) => Buffer.from(json))) },
    { weight: 2, arbitrary: refused(fc.uint8Array({ maxLength: 300 })) },
    {
      weight: 1,
      arbitrary: refused(fc.nat(40_000).map((levels) => Buffer.from('['.repeat(levels)))),
    },
    { weight: 1, arbitrary: refused(fc.constant(Buffer.alloc(102_401, ' '))) },
  );
}

/** Signed for the account, as whoever knows its client id can. */
function resigned(dataEncrypt: string): object {
  const [timestamp, nonce] = [1_778_806_300_000, '4821'];
  const signed = [CLIENT_ID, String(timestamp), nonce, dataEncrypt].sort().join('');
  const signature = createHash('sha1').update(signed).digest('hex');
  return { signature, dataEncrypt, timestamp, nonce };
}

function post(
  url: string,
  agent: Agent,
  body: Uint8Array,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}
