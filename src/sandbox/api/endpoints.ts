import type { IncomingHttpHeaders } from 'node:http';
import type { Accounts, Team } from '../accounts.ts';
import type { Refusal } from '../behaviour.ts';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { behaviourOf } from '../cards/behaviour-of.ts';
import type { AnalysisRecord, TaskRecord } from '../records.ts';
import type { Settings } from '../settings.ts';
import type { SandboxState } from '../state/state.ts';
import { momentAt } from '../timeline.ts';
import { type Reply, atOnce, parameterError, success } from './replies.ts';
import { detailQuery, firstProblem, tokenBody } from './request-shapes.ts';
import type { Endpoint } from './routes.ts';
import { createSubmissions } from './submissions.ts';
import { analysisData, taskData } from './wire.ts';

/** A request to answer. */
export interface Call {
  readonly endpoint: Endpoint;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON body, undefined when it was none; for GET the query as an object. */
  readonly input: unknown;
}

/** What the endpoints need of the sandbox. */
export interface EndpointParts {
  readonly accounts: Accounts;
  readonly state: SandboxState;
  readonly settings: Settings;
  readonly callbacks: Callbacks;
  /** How others reach the sandbox, without a final slash. */
  readonly baseUrl: string;
  readonly outputUrlOf: (task: TaskRecord) => string;
}

const UNKNOWN_ID: Refusal = { code: 1014, msg: 'Resource does not exist' };

/**
 * Answers requests: the credential first, then what was asked. What is another team's does not
 * exist.
 */
export function createEndpoints(parts: EndpointParts): (call: Call) => Promise<Reply> {
  const { accounts, state, settings, baseUrl, outputUrlOf } = parts;
  const submissions = createSubmissions(parts);

  function getToken(input: unknown): Reply {
    const body = tokenBody.safeParse(input);
    if (!body.success) return parameterError(firstProblem(body.error));
    const token = accounts.issueToken(body.data.clientId, body.data.clientSecret);
    if (token === null) return atOnce({ code: 1101, msg: 'Client id or client secret is wrong' });
    return atOnce({ code: 1000, token });
  }

  function readAnalysis(team: Team, analysis: AnalysisRecord, elapsedMs: number): object {
    const behaviour = behaviourOf('analysis', analysis.videoUrl);
    const moment = momentAt(elapsedMs, analysis.durationMs, behaviour);
    if (moment.read === 'refused') return moment.refusal;
    return success(analysisData(analysis, team, moment, behaviour.people, baseUrl));
  }

  function readTask(team: Team, task: TaskRecord, elapsedMs: number): object {
    const behaviour = behaviourOf('task', task.videoUrl, task.faceUrls);
    const moment = momentAt(elapsedMs, task.durationMs, behaviour);
    if (moment.read === 'refused') return moment.refusal;
    return success(taskData(task, team, moment, outputUrlOf(task)));
  }

  function detail<Job extends AnalysisRecord | TaskRecord>(
    team: Team,
    input: unknown,
    jobs: ReadonlyMap<string, Job>,
    read: (team: Team, job: Job, elapsedMs: number) => object,
  ): Reply {
    const query = detailQuery.safeParse(input);
    if (!query.success) return parameterError(firstProblem(query.error));
    const job = jobs.get(query.data._id);
    if (!job || job.team !== team.id) return atOnce(UNKNOWN_ID);
    return atOnce(read(team, job, settings.clock.now() - job.createdAt));
  }

  async function signedIn(team: Team, endpoint: Endpoint, input: unknown): Promise<Reply> {
    if (endpoint === 'analyze') return submissions.analyze(team, input);
    if (endpoint === 'create') return submissions.create(team, input);
    if (endpoint === 'analyzeDetail') return detail(team, input, state.analyses, readAnalysis);
    if (endpoint === 'taskDetail') return detail(team, input, state.tasks, readTask);
    return atOnce(success({ credit: state.balanceOf(team.id) ?? 0 }));
  }

  return async ({ endpoint, headers, input }) => {
    if (endpoint === 'getToken') return getToken(input);
    const team = accounts.signIn(headers);
    return 'code' in team ? atOnce(team) : signedIn(team, endpoint, input);
  };
}
