import { randomUUID } from 'node:crypto';
import type { Answer } from '../gateway/gateway.ts';
import { success, type RecordedRequest } from '../akool/scripted-answers.ts';
import type { ScriptedUpstream } from '../akool/scripted-upstream.ts';
import { taskInput } from '../gateway/stories.ts';

/** The video of the analyses that tests make. */
export const VIDEO = 'https://example.com/videos/source.mp4';

/** Whatever GraphQL can be asked of: a gateway in this process or in another. */
export interface Askable {
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
}

/** A member of CreateHeadSwapTaskResult or SubmitAnalysisResult, with every field that tests look at. */
export interface Outcome {
  readonly __typename: string;
  readonly id?: string;
  readonly message?: string;
  readonly code?: number;
  readonly idempotencyKey?: string | null;
  readonly retryAfterSeconds?: number | null;
}

const ERRORS = `
  ... on Error { message }
  ... on BillingError { code }
  ... on AkoolRejectedError { code }
  ... on OutcomeUnknownError { idempotencyKey }
  ... on AkoolUnavailableError { retryAfterSeconds }`;

/** The mutation that buys. */
export const CREATE = `mutation($input: CreateHeadSwapTaskInput!) {
  createHeadSwapTask(input: $input) { __typename ... on HeadSwapTask { id } ${ERRORS} }
}`;

const RESULT = `query($key: ID!) {
  createHeadSwapTaskResult(idempotencyKey: $key) { __typename ... on HeadSwapTask { id } ${ERRORS} }
}`;

const SUBMIT = `mutation($input: SubmitAnalysisInput!) {
  submitAnalysis(input: $input) { __typename ... on Analysis { id } ${ERRORS} }
}`;

/** Buys a task; `input` as for CreateHeadSwapTaskInput. */
export async function buy(gateway: Askable, input: object): Promise<Outcome> {
  return only(await gateway.ask(CREATE, { input })).createHeadSwapTask;
}

/** What became of a key; null: unused. */
export async function resultOf(gateway: Askable, key: string): Promise<Outcome | null> {
  return only(await gateway.ask(RESULT, { key })).createHeadSwapTaskResult;
}

/** Submits an analysis, with a key or without. */
export async function submit(gateway: Askable, input: object): Promise<Outcome> {
  return only(await gateway.ask(SUBMIT, { input })).submitAnalysis;
}

/** Submits an analysis that AKOOL completes at once, with two persons; its id. No polling is needed. */
export async function readyAnalysis(
  gateway: Askable,
  upstream: ScriptedUpstream,
  videoUrl = VIDEO,
): Promise<string> {
  const id = randomUUID().replaceAll('-', '').slice(0, 24);
  const fields = {
    video_url: videoUrl,
    status: 3,
    analysis_result: { media: [0, 1].map((obj_id) => ({ obj_id, img_url: null })) },
  };
  upstream.setAnalysis(id, fields);
  upstream.next('analyze', success({ _id: id, ...fields }));
  const outcome = await submit(gateway, { videoUrl });
  if (outcome.id !== id) throw new Error(JSON.stringify(outcome));
  return id;
}

/** A task to be bought with the key. Its face carries the key, so that AKOOL's side can be counted by key: see `createsOf`. */
export function orderOf(key: string, analysisId: string) {
  return { ...taskInput(analysisId, key), mappings: [{ objId: 0, faceUrl: faceOf(key) }] };
}

/** The creates of `orderOf(key, …)` that AKOOL got. */
export function createsOf(upstream: ScriptedUpstream, key: string): RecordedRequest[] {
  return upstream.requestsTo('createTask').filter(({ rawBody }) => rawBody.includes(faceOf(key)));
}

/** The key that the create of an `orderOf` carries. */
export function keyOf({ rawBody }: RecordedRequest): string {
  return /faces\/(.*?)\.png/.exec(rawBody.toString())?.[1] ?? '';
}

function faceOf(key: string): string {
  return `https://example.com/faces/${key}.png`;
}

/** A key that no test has used. */
export function newKey(): string {
  return `key-${randomUUID()}`;
}

function only({ data, errors }: Answer): Record<string, Outcome> & {
  createHeadSwapTask: Outcome;
  createHeadSwapTaskResult: Outcome | null;
  submitAnalysis: Outcome;
} {
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}
