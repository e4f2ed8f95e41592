import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { faceOf, surprise, type Ledger } from './ledger.ts';

/** Whoever asks the gateway, and notes it. */
export interface Callers {
  readonly url: string;
  readonly ledger: Ledger;
}

const ERRORS = '... on Error { message }';
const CREATE = `mutation($input: CreateHeadSwapTaskInput!) {
  createHeadSwapTask(input: $input) { __typename ... on HeadSwapTask { id } ${ERRORS} } }`;
const RESULT = `query($key: ID!) {
  createHeadSwapTaskResult(idempotencyKey: $key) { __typename ... on HeadSwapTask { id } ${ERRORS} } }`;
const SUBMIT = `mutation($input: SubmitAnalysisInput!) {
  submitAnalysis(input: $input) { __typename ... on Analysis { id } ${ERRORS} } }`;

/** How long an outcome may stay unknown before the webhook has settled it. */
const SETTLED_WITHIN_MS = 60_000;
const LOOK_MS = 250;

interface Result {
  readonly __typename: string;
  readonly id?: string;
}

/** How often somebody comes back who was asked to wait. */
const MOST_TRIES = 30;

interface Answer {
  readonly data: Record<string, unknown>;
  readonly errors?: readonly {
    readonly extensions?: { readonly code?: string; readonly retryAfterSeconds?: number };
  }[];
}

/** Asks one thing, and again when the gateway asks to wait, as it does when it is overloaded. Rejects with what was answered instead. */
export async function ask(
  { url, ledger }: Callers,
  query: string,
  variables: object = {},
  signal: AbortSignal | null = null,
): Promise<Record<string, unknown>> {
  for (let tries = 1; ; tries += 1) {
    ledger.queries += 1;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal,
    });
    const { data, errors } = await answerIn(response);
    if (errors === undefined) return data;
    const { code, retryAfterSeconds = 1 } = errors[0]?.extensions ?? {};
    if (code !== 'UNAVAILABLE' || tries === MOST_TRIES) throw new Error(JSON.stringify(errors));
    ledger.shed += 1;
    await pause(retryAfterSeconds * 1_000);
  }
}

async function answerIn(response: Response): Promise<Answer> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    const head = JSON.stringify([...response.headers]);
    throw new Error(`No JSON, but ${response.status} ${head} ${JSON.stringify(text)}`);
  }
}

/** Submits an analysis; its id. */
export async function analyse(callers: Callers, videoUrl: string): Promise<string> {
  const { submitAnalysis } = await ask(callers, SUBMIT, { input: { videoUrl } });
  const { id, ...rest } = asResult(submitAnalysis);
  if (id === undefined) throw new Error(JSON.stringify(rest));
  return id;
}

/**
 * Buys a task as callers do who are not sure: at once twice, sometimes after a request that was cut, and again later. Its id.
 * Rejects when there is none.
 */
export async function buy(
  callers: Callers,
  analysisId: string,
  card: string,
  isImpatient: boolean,
): Promise<string> {
  const key = randomUUID();
  const input = {
    idempotencyKey: key,
    analysisId,
    mappings: [{ objId: 0, faceUrl: faceOf(key, card) }],
  };
  const create = async (signal: AbortSignal | null = null): Promise<Result> => {
    callers.ledger.creates += 1;
    return asResult((await ask(callers, CREATE, { input }, signal))['createHeadSwapTask']);
  };
  // What becomes of a request that is cut is told to whoever asks again.
  if (isImpatient) await create(AbortSignal.timeout(2)).catch(() => undefined);
  const answers = await Promise.all([create(), create()]);
  answers.push(await create());
  const known = answers.find(({ id }) => id !== undefined) ?? (await settled(callers, key));
  for (const { id = known.id } of answers) {
    if (id !== known.id) callers.ledger.answeredTwice += 1;
  }
  if (known.id === undefined) throw new Error(`${card}: ${JSON.stringify(known)}`);
  await contradict(callers, input);
  return known.id;
}

/** Another input with the same key is never bought. */
async function contradict(
  callers: Callers,
  input: { readonly mappings: readonly object[] },
): Promise<void> {
  callers.ledger.creates += 1;
  const other = { ...input, resolution: 'P720', mappings: [{ ...input.mappings[0], objId: 1 }] };
  const { __typename } = asResult(
    (await ask(callers, CREATE, { input: other }))['createHeadSwapTask'],
  );
  if (__typename !== 'IdempotencyConflictError')
    surprise(callers.ledger, `other input: ${__typename}`);
}

/** What an unknown outcome turned out to be; as it is when nobody could tell for long. */
async function settled(callers: Callers, key: string): Promise<Result> {
  const until = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const { createHeadSwapTaskResult } = await ask(callers, RESULT, { key });
    const result = asResult(createHeadSwapTaskResult);
    if (result.id !== undefined || performance.now() > until) return result;
    await pause(LOOK_MS);
  }
}

function asResult(value: unknown): Result {
  const { __typename, id } = Object(value);
  return { __typename: String(__typename), ...(id !== undefined && { id: String(id) }) };
}
