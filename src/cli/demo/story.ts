import { randomUUID } from 'node:crypto';
import {
  CreateHeadSwapTaskDocument,
  CreditBalanceDocument,
  ReadPersonsDocument,
  SubmitAnalysisDocument,
  WatchAnalysisDocument,
  WatchHeadSwapTaskDocument,
} from '../../client-operations/graphql.ts';
import type { Clock } from '../../runtime/clock.ts';
import { DemoError, GraphqlError } from './demo-error.ts';
import { describeFailure } from './describe-failure.ts';
import { download, mustBeSavable } from './download.ts';
import type { GatewayClient } from './gateway-client.ts';
import type { Terminal } from './terminal.ts';
import { isFile, sendFile } from './send-file.ts';
import { storedOutputOf } from './stored-output.ts';
import { watchJob, type JobState } from './watch-job.ts';

/** Where outputs are saved unless another place is named. */
const DOWNLOADS = './downloads';

/** What the story is about, and how it is told. */
export interface StoryParts {
  readonly gateway: GatewayClient;
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Ends the story where it is; what was begun at the gateway goes on there. */
  readonly signal: AbortSignal;
  readonly video: string;
  readonly face: string;
  /** Person.objId. */
  readonly person: number;
  /** Null: ./downloads/<task id>.mp4 */
  readonly output: string | null;
}

/**
 * Tells the whole story, from a video's URL to the changed video in a file. Throws DemoError where
 * it cannot go on.
 */
export async function tellStory(parts: StoryParts): Promise<void> {
  const { gateway, terminal, clock, signal, output } = parts;
  const startedAt = clock.now();
  await mustBeSavable(output ?? `${DOWNLOADS}/output.mp4`);
  const creditsBefore = await readCredits(gateway);

  const sent = await sendFiles(parts);
  const analysisId = await analyse(sent);
  await choosePerson(sent, analysisId);
  const { taskId, outputUrl: source } = await buy(sent, analysisId);

  terminal.heading('4. Save the output');
  const outputUrl = (await storedOutputOf(gateway, taskId, signal)) ?? source;
  terminal.line(`Output    ${outputUrl}`);
  // An id is the gateway's word: as part of a path it must not lead elsewhere.
  const file = output ?? `${DOWNLOADS}/${taskId.replaceAll(/[^\w-]/g, '_')}.mp4`;
  const bytes = await download(outputUrl, file, signal);
  terminal.line(`Saved as  ${file} (${Math.ceil(bytes / 1024)} KB)`);

  const creditsAfter = await readCredits(gateway);
  terminal.heading(`Done in ${((clock.now() - startedAt) / 1000).toFixed(1)} s.`);
  terminal.line(
    `Credits: ${creditsBefore ?? 'unknown'} before, ${creditsAfter ?? 'unknown'} after`,
  );
}

/** The same story, with the URLs that its files have at the gateway. */
async function sendFiles(parts: StoryParts): Promise<StoryParts> {
  const { terminal, video, face } = parts;
  if (!isFile(video) && !isFile(face)) return parts;
  terminal.heading('0. Send the files');
  const send = async (purpose: 'VIDEO' | 'FACE', source: string): Promise<string> => {
    if (!isFile(source)) return source;
    terminal.line(`File      ${source}`);
    return sendFile(parts, purpose, source);
  };
  return { ...parts, video: await send('VIDEO', video), face: await send('FACE', face) };
}

/** Null: AKOOL did not tell. The story does not depend on it. */
async function readCredits(gateway: GatewayClient): Promise<number | null> {
  try {
    return (await gateway.ask(CreditBalanceDocument, {})).creditBalance;
  } catch (error) {
    if (error instanceof GraphqlError && error.code.startsWith('AKOOL_')) return null;
    throw error;
  }
}

/** The id of the completed analysis. */
async function analyse({ gateway, terminal, signal, video }: StoryParts): Promise<string> {
  terminal.heading('1. Find the persons in the video');
  terminal.line(`Video     ${video}`);
  const { submitAnalysis } = await gateway.ask(SubmitAnalysisDocument, {
    input: { videoUrl: video, idempotencyKey: randomUUID() },
  });
  if (submitAnalysis === null) throw new DemoError('The gateway gave no result.');
  if (submitAnalysis.__typename !== 'Analysis') {
    throw new DemoError(describeFailure(submitAnalysis));
  }
  const { id } = submitAnalysis;
  terminal.line(`Analysis  ${id}`);
  await watchJob(gateway, {
    operation: WatchAnalysisDocument,
    id,
    stateOf: ({ analysisStatusChanged }) => analysisStatusChanged,
    show: showIn(terminal),
    signal,
  });
  return id;
}

async function choosePerson(
  { gateway, terminal, person }: StoryParts,
  analysisId: string,
): Promise<void> {
  terminal.heading('2. Choose a person');
  const { analysis } = await gateway.ask(ReadPersonsDocument, { id: analysisId });
  if (analysis === null) throw new DemoError('The analysis is not there any more.');
  const { persons, video } = analysis;
  if (persons.length === 0) {
    throw new DemoError('Nobody was found in the video. Try another one with --video.');
  }
  const seconds = video?.durationSeconds ?? null;
  if (seconds !== null) terminal.line(`Length    ${seconds.toFixed(1)} s`);
  for (const { objId, previewUrl } of persons) {
    terminal.line(`Person ${objId}  ${previewUrl ?? 'no picture'}`);
  }
  if (!persons.some(({ objId }) => objId === person)) {
    const numbers = persons.map(({ objId }) => objId).join(', ');
    throw new DemoError(`There is no person ${person}: --person takes one of ${numbers}.`);
  }
  terminal.line(`Chosen    person ${person}`);
}

async function buy(
  { gateway, terminal, signal, face, person }: StoryParts,
  analysisId: string,
): Promise<{ taskId: string; outputUrl: string }> {
  terminal.heading('3. Buy the head swap');
  const idempotencyKey = randomUUID();
  terminal.line(`Face      ${face}`);
  terminal.line(`Key       ${idempotencyKey} (idempotencyKey: asking again with it buys nothing)`);
  const { createHeadSwapTask } = await gateway.ask(CreateHeadSwapTaskDocument, {
    input: { idempotencyKey, analysisId, mappings: [{ objId: person, faceUrl: face }] },
  });
  if (createHeadSwapTask === null) throw new DemoError('The gateway gave no result.');
  if (createHeadSwapTask.__typename !== 'HeadSwapTask') {
    throw new DemoError(describeFailure(createHeadSwapTask));
  }
  const { id } = createHeadSwapTask;
  terminal.line(`Task      ${id}`);
  const { outputUrl } = await watchJob(gateway, {
    operation: WatchHeadSwapTaskDocument,
    id,
    stateOf: ({ headSwapTaskStatusChanged }) => headSwapTaskStatusChanged,
    show: showIn(terminal),
    signal,
  });
  if (outputUrl === null) throw new DemoError('The gateway says COMPLETED and gives no output.');
  return { taskId: id, outputUrl };
}

function showIn(terminal: Terminal): (state: JobState) => void {
  return ({ status, progress }) => terminal.progress(status, progress);
}
