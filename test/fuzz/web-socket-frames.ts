import { once } from 'node:events';
import * as fc from 'fast-check';
import { WebSocket } from 'ws';
import { CloseCode } from '../../src/server/websocket/close-code.ts';
import { bentBytes, CANARY, requestParams } from './fuzz-input.ts';
import { problemWithErrors, startFuzzServer } from './fuzz-server.ts';
import type { FuzzTarget } from './fuzz-target.ts';

const id = fc.oneof(fc.constantFrom('1', '2', '', CANARY), fc.jsonValue({ maxDepth: 1 }));

const message = fc
  .oneof(
    {
      weight: 5,
      arbitrary: fc.record({ type: fc.constant('subscribe'), id, payload: requestParams }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('complete'), id }) },
    {
      weight: 2,
      arbitrary: fc.record(
        {
          type: fc.constantFrom(
            'connection_init',
            'connection_ack',
            'ping',
            'pong',
            'next',
            'x',
            1,
            null,
          ),
          payload: fc.jsonValue({ maxDepth: 3 }),
          id,
        },
        { requiredKeys: ['type'] },
      ),
    },
  )
  .map((value) => JSON.stringify(value));

/** A frame: a message, a bent one as text or as bytes, any JSON, anything. */
const frame: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: message },
  { weight: 2, arbitrary: message.chain(bentBytes).map((bytes) => bytes.toString('utf8')) },
  { weight: 1, arbitrary: message.chain(bentBytes) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }).map((text) => `{"type":"${CANARY}${text}`) },
);

const inputs = fc.record({
  frames: fc.array(frame, { minLength: 1, maxLength: 8 }),
  init: fc.oneof(
    { weight: 5, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
});

/** What the server may close with, and what the WebSocket library does for frames that are none. */
const CODES = new Set<number>([...Object.values(CloseCode), 1002, 1007, 1009]);
const TYPES = new Set(['connection_ack', 'next', 'error', 'complete', 'ping', 'pong']);

/** Frames of anything: the socket answers or closes with a code of the protocol, and what it says has codes of ours. */
export const webSocketFrames: FuzzTarget = {
  name: 'ws',
  async run({ runs, seed, onProgress }) {
    const server = await startFuzzServer();
    let done = 0;
    try {
      const property = fc.asyncProperty(inputs, async ({ frames, init }) => {
        const problem = await problemWith(server.url, frames, init);
        if (problem !== null) throw new Error(problem);
        if (server.faults.length > 0) throw new Error('The server logged an unexpected error.');
        done += 1;
        if (done % 10_000 === 0) onProgress?.(done);
      });
      await fc.assert(property, { numRuns: runs, seed });
    } finally {
      await server.close();
    }
  },
};

/** The last ping, which only a server that is still well answers. */
const END = 'the end of the frames';

async function problemWith(
  url: string,
  frames: readonly (string | Uint8Array)[],
  init: boolean,
): Promise<string | null> {
  const webSocket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(webSocket, 'open');
  let problem: string | null = null;
  const ended = new Promise<void>((resolve) => {
    webSocket.on('message', (data: Buffer) => {
      const text = data.toString();
      const said = JSON.parse(text);
      problem ??= problemWithMessage(said, text);
      if (said.type === 'pong' && said.payload?.end === END) resolve();
    });
    webSocket.once('close', (code, reason) => {
      if (!CODES.has(code) || reason.includes(CANARY))
        problem ??= `closed with ${code} ${String(reason)}`;
      resolve();
    });
  });
  if (init) webSocket.send('{"type":"connection_init"}');
  for (const frame of frames) webSocket.send(frame);
  webSocket.send(JSON.stringify({ type: 'ping', payload: { end: END } }));
  await ended;
  webSocket.terminate();
  return problem;
}

// oxlint-disable-next-line typescript/no-explicit-any -- it looks at messages of any shape
function problemWithMessage(said: any, text: string): string | null {
  if (!TYPES.has(said.type)) return `a message of no known type: ${text.slice(0, 300)}`;
  const errors = said.type === 'error' ? said.payload : said.payload?.errors;
  if (said.type !== 'error' && (said.type !== 'next' || errors === undefined)) return null;
  const problem = problemWithErrors(errors);
  if (problem !== null) return `${problem}: ${text.slice(0, 300)}`;
  const isParseFailure = errors[0].extensions.code === 'GRAPHQL_PARSE_FAILED';
  const echoes = isParseFailure && JSON.stringify(errors).includes(CANARY);
  return echoes ? `an echo: ${text.slice(0, 300)}` : null;
}
