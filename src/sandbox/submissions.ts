import type { Team } from './accounts.ts';
import type { Behaviour, Refusal, SandboxJobKind } from './behaviour.ts';
import type { Books } from './books.ts';
import type { Callbacks } from './callbacks.ts';
import { behaviourOf } from './card-reader.ts';
import type { AnalysisRecord, TaskRecord } from './records.ts';
import { type Reply, atOnce, parameterError, success } from './replies.ts';
import { analyzeBody, createBody, firstProblem } from './requests.ts';
import type { Settings } from './settings.ts';
import { JUST_MADE, resultAtMs } from './timeline.ts';
import { analysisData, createdTaskData } from './wire.ts';

/** The two endpoints that make jobs. Nothing deduplicates: every accepted request makes one more. */
export interface Submissions {
  analyze(team: Team, body: unknown): Reply;
  create(team: Team, body: unknown): Promise<Reply>;
}

/** What submissions need of the sandbox. */
export interface SubmissionParts {
  readonly books: Books;
  readonly callbacks: Callbacks;
  readonly settings: Settings;
  /** How others reach the sandbox, without a final slash. */
  readonly baseUrl: string;
}

const CREDITS_PER_TASK = 10;
const NO_CREDITS: Refusal = { code: 1104, msg: 'Insufficient credits' };

function hexDigits(count: number, random: () => number): string {
  return Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');
}

/**
 * Checks come in this order: the parameters, for a create the analysis of the very same URL, what the cards refuse, the credits.
 * An accepted job is in the books before anything of it can be seen from outside.
 */
export function createSubmissions(parts: SubmissionParts): Submissions {
  const { books, callbacks, settings, baseUrl } = parts;
  const { clock, random } = settings;
  const refusedBefore = new Set<string>();

  function newId(): string {
    const seconds = Math.floor(clock.now() / 1000).toString(16);
    const id = seconds.padStart(8, '0') + hexDigits(16, random);
    return books.analyses.has(id) || books.tasks.has(id) ? newId() : id;
  }

  function newJob(
    team: Team,
    videoUrl: string,
    durationMs: number,
  ): Omit<AnalysisRecord, 'record'> {
    const createdAt = clock.now();
    return { id: newId(), supportId: newId(), team: team.id, createdAt, durationMs, videoUrl };
  }

  function refusalOf(kind: SandboxJobKind, videoUrl: string, behaviour: Behaviour): Refusal | null {
    if (!behaviour.refusedOnce) return behaviour.refusal;
    const submission = `${kind} ${videoUrl}`;
    if (refusedBefore.has(submission)) return null;
    refusedBefore.add(submission);
    return behaviour.refusal;
  }

  /** How many people were found in a video so far; null when no analysis of exactly this URL has completed. */
  function peopleFound(team: Team, videoUrl: string): number | null {
    const behaviour = behaviourOf('analysis', videoUrl);
    const completed = [...books.analyses.values()].some((analysis) => {
      const resultAt = resultAtMs(analysis.durationMs, behaviour);
      return (
        analysis.videoUrl === videoUrl &&
        analysis.team === team.id &&
        resultAt !== null &&
        clock.now() >= analysis.createdAt + resultAt
      );
    });
    return completed ? behaviour.people : null;
  }

  return {
    analyze(team, input) {
      const body = analyzeBody.safeParse(input);
      if (!body.success) return parameterError(firstProblem(body.error));
      const videoUrl = body.data.video_url;
      const behaviour = behaviourOf('analysis', videoUrl);
      const refusal = refusalOf('analysis', videoUrl, behaviour);
      if (refusal) return atOnce(refusal);
      const durationMs = settings.analysisMs * behaviour.slowness;
      const analysis = { record: 'analysis' as const, ...newJob(team, videoUrl, durationMs) };
      books.enter(analysis);
      const data = analysisData(analysis, team, JUST_MADE, behaviour.people, baseUrl);
      return { envelope: success(data, 'Analyze success'), answer: behaviour.answer };
    },

    async create(team, input) {
      const body = createBody.safeParse(input);
      if (!body.success) return parameterError(firstProblem(body.error));
      const { video_url: videoUrl, mappings, resolution, model_name: modelName } = body.data;
      const faceUrls = mappings.map((mapping) => mapping.img_url);
      const behaviour = behaviourOf('task', videoUrl, faceUrls);
      const people = peopleFound(team, videoUrl);
      if (people === null) return parameterError('No completed analysis of this video_url');
      if (mappings.some((mapping) => mapping.obj_id >= people)) {
        return parameterError('Parameter error: mappings: obj_id was not found in this video');
      }
      const refusal = refusalOf('task', videoUrl, behaviour);
      if (refusal) return atOnce(refusal);
      if ((books.balanceOf(team.id) ?? 0) < CREDITS_PER_TASK) return atOnce(NO_CREDITS);
      const task: TaskRecord = {
        record: 'task',
        ...newJob(team, videoUrl, settings.taskMs * behaviour.slowness),
        faceUrls,
        resolution,
        modelName,
        webhookUrl: body.data.webhookUrl ?? null,
        cost: CREDITS_PER_TASK,
      };
      books.enter(task);
      await callbacks.start(task);
      return { envelope: success(createdTaskData(task, team)), answer: behaviour.answer };
    },
  };
}
