import { setTimeout as pause } from 'node:timers/promises';
import { ask, makeAnalysis } from '../harness/graphql.ts';
import { forEachIndex } from '../harness/arrivals.ts';

/** So many purchases are one operation, since operations are what a team's rate counts. */
const AT_ONCE = 3;
const CONNECTIONS = 32;

const fields = Array.from(
  { length: AT_ONCE },
  (_, index) =>
    `task${index}: createHeadSwapTask(input: $input${index}) { __typename ... on HeadSwapTask { id } ... on Error { message } }`,
);
const variables = fields.map((_, index) => `$input${index}: CreateHeadSwapTaskInput!`);
const CREATE = `mutation (${variables.join(', ')}) { ${fields.join(' ')} }`;

/** Buys that many tasks through a gateway, as fast as it lets one team; their ids. */
export async function makeManyTasks(
  port: number,
  count: number,
  onProgress: (made: number) => void,
): Promise<string[]> {
  const analysisId = await makeAnalysis(port);
  const ids: string[] = [];
  await forEachIndex(Math.ceil(count / AT_ONCE), CONNECTIONS, async (index) => {
    const inputs = Array.from({ length: AT_ONCE }, (_, place) => [
      `input${place}`,
      {
        idempotencyKey: `scale-${process.pid}-${index}-${place}`,
        analysisId,
        mappings: [{ objId: 0, faceUrl: 'https://example.com/face.png' }],
      },
    ]);
    const made = await askPatiently(port, Object.fromEntries(inputs));
    for (const { id } of Object.values(made)) {
      if (id === undefined) throw new Error(JSON.stringify(made));
      ids.push(id);
    }
    if (index % 1_000 === 0) onProgress(ids.length);
  });
  return ids.slice(0, count);
}

const RETRY_MS = 1_000;

async function askPatiently(
  port: number,
  input: Readonly<Record<string, unknown>>,
): Promise<Record<string, { id?: string }>> {
  for (;;) {
    try {
      return await ask(port, CREATE, input);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('RATE_LIMITED')) throw error;
      await pause(RETRY_MS);
    }
  }
}
