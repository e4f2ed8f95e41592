import { Agent, request as httpRequest } from 'node:http';
import * as fc from 'fast-check';
import { bentBytes, CANARY, requestParams } from './fuzz-input.ts';
import { problemWithErrors, startFuzzServer, type FuzzServer } from './fuzz-server.ts';
import type { FuzzTarget } from './fuzz-target.ts';

interface Input {
  readonly body: Uint8Array;
  readonly type: string;
  readonly accept: string;
}

const good = requestParams.map((params) => JSON.stringify(params));

const bodies: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: good.map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: good.chain(bentBytes) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 5 }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  { weight: 1, arbitrary: fc.nat(40_000).map((levels) => Buffer.from('['.repeat(levels))) },
  { weight: 1, arbitrary: fc.constant(Buffer.from(`{"query": ${CANARY}`)) },
);

const inputs: fc.Arbitrary<Input> = fc.record({
  body: bodies,
  type: fc.oneof(
    { weight: 12, arbitrary: fc.constant('application/json') },
    { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/graphql', 'x/y', '') },
  ),
  accept: fc.constantFrom(
    'application/json',
    'application/graphql-response+json',
    'text/event-stream',
    '*/*',
    'text/html',
    'x',
  ),
});

const STATUSES = new Set([200, 400, 406, 413, 415]);

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** POSTs of anything: a status below 500 that fits, JSON or events with codes of ours, and nothing of a text that was not understood. */
export const httpBodies: FuzzTarget = {
  name: 'http',
  async run({ runs, seed, onProgress }) {
    const server = await startFuzzServer();
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    let done = 0;
    try {
      const property = fc.asyncProperty(inputs, async (input) => {
        const problem = problemWith(await send(server, agent, input));
        if (problem !== null) throw new Error(problem);
        if (server.faults.length > 0) throw new Error('The server logged an unexpected error.');
        done += 1;
        if (done % 10_000 === 0) onProgress?.(done);
      });
      await fc.assert(property, { numRuns: runs, seed });
    } finally {
      agent.destroy();
      await server.close();
    }
  },
};

function send({ url }: FuzzServer, agent: Agent, { body, type, accept }: Input): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${url}/graphql`,
      { method: 'POST', agent, headers: { 'content-type': type, accept } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}

function problemWith({ status, type, text }: Answer): string | null {
  if (!STATUSES.has(status)) return `status ${status}: ${text.slice(0, 300)}`;
  const payloads = type.startsWith('text/event-stream')
    ? [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) => json ?? '')
    : [text];
  if (payloads.length === 0) return `no payload: ${text}`;
  for (const payload of payloads) {
    const result = JSON.parse(payload);
    const problem = result.errors === undefined ? null : problemWithErrors(result.errors);
    if (problem !== null) return `${problem}: ${payload.slice(0, 300)}`;
    if (result.errors === undefined && result.data === undefined) return `neither: ${payload}`;
    const code = result.errors?.[0].extensions.code;
    const understood = code !== 'BAD_REQUEST' && code !== 'GRAPHQL_PARSE_FAILED';
    if (!understood && payload.includes(CANARY)) return `an echo: ${payload.slice(0, 300)}`;
  }
  return null;
}
