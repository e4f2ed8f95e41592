import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectRaw } from '../../conformance/support/raw-socket.ts';
import { ask, type Credential } from './calling.ts';
import { newFolder } from '../processes/folder.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../akool/scripted-upstream.ts';
import { until } from '../processes/until.ts';

/** A team and its AKOOL account. Both accounts give out the same ids, as two accounts may. */
export interface Team {
  readonly id: string;
  readonly upstream: ScriptedUpstream;
  readonly credential: Credential;
  readonly account: { readonly clientId: string; readonly clientSecret: string };
  /** Any document over HTTP, with its credential. */
  ask(query: string, variables?: Record<string, unknown>): ReturnType<typeof ask>;
  /** Submits an analysis and waits until it is completed; its id. */
  submit(videoUrl?: string): Promise<string>;
  /** The variables of a create. */
  orderOf(analysisId: string, idempotencyKey?: string): { readonly i: object };
  /** Buys a task; its id. */
  create(analysisId: string, idempotencyKey?: string): Promise<string>;
  /** All that came over a WebSocket for one operation, to its end. */
  overWebSocket(query: string, id: string): Promise<string>;
}

/** One gateway with two teams. */
export interface TwoTeams {
  readonly red: Team;
  readonly blue: Team;
  readonly gateway: Gateway;
  /** The environment that it was started with. */
  readonly env: Record<string, string>;
}

/** The mutation that buys. */
export const CREATE = `mutation($i: CreateHeadSwapTaskInput!) { createHeadSwapTask(input: $i) {
  __typename ... on HeadSwapTask { id } ... on Error { message } } }`;

const SUBMIT =
  'mutation($i: SubmitAnalysisInput!) { submitAnalysis(input: $i) { ... on Analysis { id } } }';

/** Starts the gateway, with `more` in its environment, and both upstreams; `stopGateways`, `removeFolders` and the upstreams' own `stop` end them. */
export async function startTwoTeams(more: Record<string, string> = {}): Promise<TwoTeams> {
  const urlOf = (): string => gateway.url;
  const [red, blue] = await Promise.all([teamOf('red', urlOf), teamOf('blue', urlOf)]);
  const teamsFile = join(newFolder(), 'teams.json');
  writeFileSync(teamsFile, JSON.stringify([entryOf(red), entryOf(blue)]));
  const env = {
    POLL_MIN_MS: '50',
    POLL_MAX_MS: '400',
    POLL_BUDGET_PER_SECOND: '1000',
    UPSTREAM_TIMEOUT_MS: '10000',
    PUBLIC_URL: 'https://gateway.example',
    TEAMS_FILE: teamsFile,
    ...more,
  };
  const gateway: Gateway = await startGateway({ env });
  return { red, blue, gateway, env };
}

async function teamOf(id: string, urlOf: () => string): Promise<Team> {
  const upstream = await startScriptedUpstream();
  const credential = { 'x-api-key': `caller-key-of-team-${id}` };
  const team: Team = {
    id,
    upstream,
    credential,
    account: { clientId: `client-of-${id}`, clientSecret: `secret-key-of-${id}`.padEnd(24, '-') },
    ask: (query, variables = {}) => ask(urlOf(), credential, query, variables),
    async submit(videoUrl = `https://example.com/${id}.mp4`) {
      const { data } = await team.ask(SUBMIT, { i: { videoUrl } });
      const made: string = data.submitAnalysis.id;
      upstream.setAnalysis(made, {
        status: 3,
        progress: 100,
        analysis_result: { media: [{ obj_id: 0, img_url: `https://example.com/${id}.png` }] },
      });
      await until(async () => {
        const answer = await team.ask('query($id: ID!) { analysis(id: $id) { status } }', {
          id: made,
        });
        if (answer.errors) throw new Error(JSON.stringify(answer.errors));
        return answer.data.analysis.status === 'COMPLETED';
      });
      return made;
    },
    orderOf: (analysisId, idempotencyKey = 'key-of-both') => ({
      i: {
        idempotencyKey,
        analysisId,
        mappings: [{ objId: 0, faceUrl: `https://example.com/faces/${id}.png` }],
      },
    }),
    async create(analysisId, idempotencyKey) {
      const { data } = await team.ask(CREATE, team.orderOf(analysisId, idempotencyKey));
      return data.createHeadSwapTask.id;
    },
    async overWebSocket(query, jobId) {
      const socket = await connectRaw(urlOf(), { init: credential });
      socket.send({ id: 's', type: 'subscribe', payload: { query, variables: { id: jobId } } });
      const frame = JSON.stringify(await socket.next());
      socket.webSocket.terminate();
      return frame;
    },
  };
  return team;
}

/** Its entry in TEAMS_FILE. */
function entryOf({ id, upstream, credential, account }: Team): object {
  const key = createHash('sha256')
    .update(credential['x-api-key'] ?? '')
    .digest('hex');
  return {
    id,
    akool: { apiKey: account.clientSecret, clientId: account.clientId, baseUrl: upstream.url },
    callerKeys: [`sha256:${key}`],
  };
}
