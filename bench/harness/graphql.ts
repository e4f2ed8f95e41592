import { setTimeout as pause } from 'node:timers/promises';
import { CALLER_KEY } from './servers.ts';

/** One GraphQL request; its data. Throws when there is any error. */
export async function ask<Data>(
  port: number,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': CALLER_KEY },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const { data, errors } = JSON.parse(text) as { data?: Data; errors?: unknown };
  if (data === undefined || data === null || errors !== undefined) throw new Error(text);
  return data;
}

const SUBMIT = `mutation ($input: SubmitAnalysisInput!) {
  submitAnalysis(input: $input) { __typename ... on Analysis { id } ... on Error { message } }
}`;
const ANALYSIS = 'query ($id: ID!) { analysis(id: $id) { status } }';
const CREATE = `mutation Create($input: CreateHeadSwapTaskInput!) {
  createHeadSwapTask(input: $input) { __typename ... on HeadSwapTask { id } ... on Error { message } }
}`;

const LOOK_MS = 50;

/** Makes an analysis through a gateway, COMPLETED; its id. */
export async function makeAnalysis(port: number): Promise<string> {
  const input = { videoUrl: 'https://example.com/source.mp4' };
  const { submitAnalysis } = await ask<{ submitAnalysis: { id?: string } }>(port, SUBMIT, {
    input,
  });
  const { id } = submitAnalysis;
  if (id === undefined) throw new Error(JSON.stringify(submitAnalysis));
  for (;;) {
    const { analysis } = await ask<{ analysis: { status: string } }>(port, ANALYSIS, { id });
    if (analysis.status === 'COMPLETED') return id;
    await pause(LOOK_MS);
  }
}

/** Buys one task through a gateway; its id. */
export async function makeTask(port: number, analysisId: string, key: string): Promise<string> {
  const input = {
    idempotencyKey: key,
    analysisId,
    mappings: [{ objId: 0, faceUrl: 'https://example.com/face.png' }],
  };
  const { createHeadSwapTask } = await ask<{ createHeadSwapTask: { id?: string } }>(port, CREATE, {
    input,
  });
  const { id } = createHeadSwapTask;
  if (id === undefined) throw new Error(JSON.stringify(createHeadSwapTask));
  return id;
}

/** Buys so many tasks, some at a time; their ids. */
export async function makeTasks(port: number, count: number, atOnce = 32): Promise<string[]> {
  const analysisId = await makeAnalysis(port);
  const ids: string[] = [];
  let next = 0;
  const buyer = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      ids[index] = await makeTask(port, analysisId, `bench-${process.pid}-${index}-${analysisId}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, buyer));
  return ids;
}

/** Waits until each task is shown with the status. */
export async function waitForStatus(
  port: number,
  ids: readonly string[],
  status: string,
): Promise<void> {
  for (const id of ids) {
    for (;;) {
      const query = 'query ($id: ID!) { headSwapTask(id: $id) { status } }';
      const { headSwapTask } = await ask<{ headSwapTask: { status: string } }>(port, query, { id });
      if (headSwapTask.status === status) break;
      await pause(LOOK_MS);
    }
  }
}
