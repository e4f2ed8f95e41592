import type { Team } from '../accounts.ts';
import type { Behaviour, Refusal, SandboxJobKind } from '../behaviour.ts';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { behaviourOf } from '../cards/behaviour-of.ts';
import type { Credits } from '../credits/credits.ts';
import type { AnalysisRecord, TaskRecord } from '../records.ts';
import type { Settings } from '../settings.ts';
import type { SandboxState } from '../state/state.ts';
import { JUST_MADE, resultAtMs } from '../timeline.ts';
import { createJobMaker } from './job-maker.ts';
import { type Reply, htmlPage, jsonFor, parameterError, success } from './replies.ts';
import { analyzeBody, createBody, firstProblem } from './request-shapes.ts';
import { analysisData, createdTaskData } from './wire.ts';

/**
 * The two endpoints that make jobs. Nothing deduplicates: every accepted request makes one more.
 */
export interface Submissions {
  analyze(team: Team, body: unknown): Reply;
  create(team: Team, body: unknown): Promise<Reply>;
}

export interface SubmissionParts {
  readonly state: SandboxState;
  readonly callbacks: Callbacks;
  readonly credits: Credits;
  readonly settings: Settings;
  /** How others reach the sandbox; no final slash. */
  readonly baseUrl: string;
}

const CREDITS_PER_TASK = 10;
const NO_CREDITS: Refusal = { code: 1104, msg: 'Insufficient credits' };

/**
 * Checks come in this order: the parameters, for a create the analysis of the very same URL, what
 * the cards refuse, the credits. An accepted job is written down before anything of it can be seen
 * from outside.
 */
export function createSubmissions(parts: SubmissionParts): Submissions {
  const { state, callbacks, credits, settings, baseUrl } = parts;
  const newJob = createJobMaker(state, settings);
  const refusalOf = createRefusals();

  function analyze(team: Team, input: unknown): Reply {
    const body = analyzeBody.safeParse(input);
    if (!body.success) return parameterError(firstProblem(body.error));
    const videoUrl = body.data.video_url;
    const behaviour = behaviourOf('analysis', videoUrl);
    const refusal = refusalOf('analysis', videoUrl, behaviour);
    if (refusal) return refusal;
    const durationMs = settings.analysisMs * behaviour.slowness;
    const analysis: AnalysisRecord = { record: 'analysis', ...newJob(team, videoUrl, durationMs) };
    state.write(analysis);
    const shown = { job: analysis, team, behaviour, moment: JUST_MADE, baseUrl };
    return accepted(behaviour, success(analysisData(shown), 'Analyze success'));
  }

  async function create(team: Team, input: unknown): Promise<Reply> {
    const body = createBody.safeParse(input);
    if (!body.success) return parameterError(firstProblem(body.error));
    const { video_url: videoUrl, mappings, resolution, model_name: modelName } = body.data;
    const faceUrls = mappings.map((mapping) => mapping.img_url);
    const behaviour = behaviourOf('task', videoUrl, faceUrls);
    const people = peopleFound(state, settings.clock.now(), team, videoUrl);
    if (people === null) return parameterError('No completed analysis of this video_url');
    if (mappings.some((mapping) => mapping.obj_id >= people)) {
      return parameterError('mappings: obj_id was not found in this video');
    }
    const refusal = refusalOf('task', videoUrl, behaviour);
    if (refusal) return refusal;
    if (credits.of(team.id) < CREDITS_PER_TASK) return jsonFor(behaviour, NO_CREDITS);
    const task: TaskRecord = {
      record: 'task',
      ...newJob(team, videoUrl, settings.taskMs * behaviour.slowness),
      faceUrls,
      resolution,
      modelName,
      webhookUrl: body.data.webhookUrl ?? null,
      cost: CREDITS_PER_TASK,
    };
    state.write(task);
    credits.refillIfLow(team.id);
    await callbacks.start(task);
    const shown = { job: task, team, behaviour, moment: JUST_MADE, baseUrl };
    return accepted(behaviour, success(createdTaskData(shown)));
  }

  return { analyze, create };
}

/** What becomes of the answer to a submission that made a job. */
function accepted(behaviour: Behaviour, envelope: object): Reply {
  if (behaviour.answer === 'html') return htmlPage(502);
  return { ...jsonFor(behaviour, envelope), delivery: behaviour.answer };
}

/** What the cards refuse a submission with; null: nothing. Remembers what is refused only once. */
function createRefusals() {
  const refusedBefore = new Set<string>();
  return (kind: SandboxJobKind, videoUrl: string, behaviour: Behaviour): Reply | null => {
    if (behaviour.refusalPage !== null) return htmlPage(behaviour.refusalPage);
    if (behaviour.refusal === null) return null;
    const submission = `${kind} ${videoUrl}`;
    if (behaviour.refusedOnce && refusedBefore.has(submission)) return null;
    refusedBefore.add(submission);
    return jsonFor(behaviour, behaviour.refusal);
  };
}

/**
 * How many people a team's analyses have found in a video by `now`; null when none of exactly this
 * URL has completed.
 */
function peopleFound(
  state: SandboxState,
  now: number,
  team: Team,
  videoUrl: string,
): number | null {
  const behaviour = behaviourOf('analysis', videoUrl);
  const completed = [...state.analyses.values()].some((analysis) => {
    const resultAt = resultAtMs(analysis.durationMs, behaviour);
    return (
      analysis.videoUrl === videoUrl &&
      analysis.team === team.id &&
      resultAt !== null &&
      now >= analysis.createdAt + resultAt
    );
  });
  return completed ? behaviour.people : null;
}
