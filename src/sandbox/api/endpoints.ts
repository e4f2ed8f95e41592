import type { IncomingHttpHeaders } from 'node:http';
import type { Accounts, Team } from '../accounts.ts';
import type { Refusal } from '../behaviour.ts';
import type { Callbacks } from '../callbacks/callbacks.ts';
import { behaviourOfJob } from '../cards/behaviour-of.ts';
import type { Credits } from '../credits/credits.ts';
import type { AnalysisRecord, TaskRecord } from '../records.ts';
import type { Settings } from '../settings.ts';
import type { SandboxState } from '../state/state.ts';
import { momentAt } from '../timeline.ts';
import {
  type Reply,
  htmlPage,
  inStrings,
  json,
  jsonFor,
  parameterError,
  success,
} from './replies.ts';
import { detailQuery, firstProblem, tokenBody } from './request-shapes.ts';
import type { Endpoint } from './routes.ts';
import { createSubmissions } from './submissions.ts';
import { type JobShown, analysisData, taskData } from './wire.ts';

/** A request to answer. */
export interface Call {
  readonly endpoint: Endpoint;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON body, undefined when it was none; for GET the query as an object. */
  readonly input: unknown;
}

export interface EndpointParts {
  readonly accounts: Accounts;
  readonly state: SandboxState;
  readonly settings: Settings;
  readonly callbacks: Callbacks;
  readonly credits: Credits;
  /** How others reach the sandbox; no final slash. */
  readonly baseUrl: string;
}

const UNKNOWN_ID: Refusal = { code: 1014, msg: 'Resource does not exist' };

/**
 * Answers requests: the credential first, then what was asked. What is another team's does not
 * exist.
 */
export function createEndpoints(parts: EndpointParts): (call: Call) => Promise<Reply> {
  const { accounts, state, credits, settings, baseUrl } = parts;
  const submissions = createSubmissions(parts);

  function getToken(input: unknown): Reply {
    const body = tokenBody.safeParse(input);
    if (!body.success) return parameterError(firstProblem(body.error));
    const token = accounts.issueToken(body.data.clientId, body.data.clientSecret);
    if (token === null) return json({ code: 1101, msg: 'Client id or client secret is wrong' });
    return json({ code: 1000, token });
  }

  function detail<Job extends AnalysisRecord | TaskRecord>(
    team: Team,
    input: unknown,
    jobs: ReadonlyMap<string, Job>,
    dataOf: (shown: JobShown<Job>) => object,
  ): Reply {
    const query = detailQuery.safeParse(input);
    if (!query.success) return parameterError(firstProblem(query.error));
    const job = jobs.get(query.data._id);
    if (!job || job.team !== team.id) return json(UNKNOWN_ID);
    const behaviour = behaviourOfJob(job);
    const moment = momentAt(settings.clock.now() - job.createdAt, job.durationMs, behaviour);
    switch (moment.kind) {
      case 'html':
        return htmlPage(502);
      case 'refusal':
        return jsonFor(behaviour, moment.refusal);
      case 'empty data':
        return jsonFor(behaviour, success({}));
      case 'shown':
        return jsonFor(behaviour, success(dataOf({ job, team, behaviour, moment, baseUrl })));
    }
  }

  function signedIn(
    team: Team,
    endpoint: Exclude<Endpoint, 'getToken'>,
    input: unknown,
  ): Reply | Promise<Reply> {
    switch (endpoint) {
      case 'analyze':
        return submissions.analyze(team, input);
      case 'create':
        return submissions.create(team, input);
      case 'analyzeDetail':
        return detail(team, input, state.analyses, analysisData);
      case 'taskDetail':
        return detail(team, input, state.tasks, taskData);
      case 'quota':
        return json(success({ credit: credits.of(team.id) }));
    }
  }

  async function answer({ endpoint, headers, input }: Call): Promise<Reply> {
    if (endpoint === 'getToken') return getToken(input);
    const team = accounts.signIn(headers);
    return 'code' in team ? json(team) : signedIn(team, endpoint, input);
  }

  return async (call) => {
    const reply = await answer(call);
    return settings.numbersAsStrings ? inStrings(reply) : reply;
  };
}
