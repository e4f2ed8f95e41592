import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { sealCallback } from '../../src/sandbox/callback-crypto.ts';
import { ask, post, type Credential } from '../support/calling.ts';
import { newFolder, removeFolders } from '../support/folder.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway.ts';
import { startIssuer } from '../support/issuer.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts';
import { finishTask } from '../support/stories.ts';
import { until } from '../support/until.ts';
import { post as ring, tokenOf } from '../support/webhooks.ts';

/** A team and its AKOOL account. Both accounts give out the same ids, as two accounts may. */
interface Team {
  readonly id: string;
  readonly upstream: ScriptedUpstream;
  readonly credential: Credential;
  readonly account: { readonly clientId: string; readonly clientSecret: string };
}

const UNKNOWN = '6a066d036257ffffffffffff';

let red: Team;
let blue: Team;
let teamsFile: string;
let gateway: Gateway;

const teamOf = async (id: string): Promise<Team> => ({
  id,
  upstream: await startScriptedUpstream(),
  credential: { 'x-api-key': `caller-key-of-team-${id}` },
  account: { clientId: `client-of-${id}`, clientSecret: `secret-key-of-${id}`.padEnd(24, '-') },
});

const entryOf = ({ id, upstream, credential, account }: Team) => ({
  id,
  akool: { apiKey: account.clientSecret, clientId: account.clientId, baseUrl: upstream.url },
  callerKeys: [
    `sha256:${createHash('sha256')
      .update(credential['x-api-key'] ?? '')
      .digest('hex')}`,
  ],
});

const ENV = {
  POLL_MIN_MS: '50',
  POLL_MAX_MS: '400',
  POLL_BUDGET_PER_SECOND: '1000',
  UPSTREAM_TIMEOUT_MS: '2000',
  PUBLIC_URL: 'https://gateway.example',
};

beforeEach(async () => {
  [red, blue] = await Promise.all([teamOf('red'), teamOf('blue')]);
  teamsFile = join(newFolder(), 'teams.json');
  writeFileSync(teamsFile, JSON.stringify([entryOf(red), entryOf(blue)]));
  gateway = await startGateway({ env: { ...ENV, TEAMS_FILE: teamsFile } });
});
afterEach(async () => {
  await stopGateways();
  await Promise.all([red.upstream.stop(), blue.upstream.stop()]);
  removeFolders();
});

const asTeam = (
  team: Team,
  query: string,
  variables: Record<string, unknown> = {},
): ReturnType<typeof ask> => ask(gateway.url, team.credential, query, variables);

async function submit(team: Team, videoUrl = `https://example.com/${team.id}.mp4`) {
  const { data } = await asTeam(
    team,
    'mutation($i: SubmitAnalysisInput!) { submitAnalysis(input: $i) { ... on Analysis { id } } }',
    { i: { videoUrl } },
  );
  const id: string = data.submitAnalysis.id;
  team.upstream.setAnalysis(id, {
    status: 3,
    progress: 100,
    analysis_result: { media: [{ obj_id: 0, img_url: `https://example.com/${team.id}.png` }] },
  });
  await until(async () => {
    const answer = await asTeam(team, 'query($id: ID!) { analysis(id: $id) { status } }', { id });
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data.analysis.status === 'COMPLETED';
  });
  return id;
}

const CREATE = `mutation($i: CreateHeadSwapTaskInput!) { createHeadSwapTask(input: $i) {
  __typename ... on HeadSwapTask { id } ... on Error { message } } }`;

const orderOf = (team: Team, analysisId: string, idempotencyKey = 'key-of-both') => ({
  i: {
    idempotencyKey,
    analysisId,
    mappings: [{ objId: 0, faceUrl: `https://example.com/faces/${team.id}.png` }],
  },
});

async function create(team: Team, analysisId: string, key?: string): Promise<string> {
  const { data } = await asTeam(team, CREATE, orderOf(team, analysisId, key));
  return data.createHeadSwapTask.id;
}

/** All that came over a WebSocket for one operation, to its end. */
async function overWebSocket(team: Team, query: string, id: string): Promise<string> {
  const socket = await connectRaw(gateway.url, { init: team.credential });
  socket.send({ id: 's', type: 'subscribe', payload: { query, variables: { id } } });
  const frame = JSON.stringify(await socket.next());
  socket.webSocket.terminate();
  return frame;
}

describe('two teams whose accounts give out the same ids', () => {
  it('each see their own jobs behind them, in every way of asking', async () => {
    const id = await submit(red);
    expect(await submit(blue)).toBe(id);
    const task = await create(red, id);
    expect(await create(blue, id)).toBe(task);

    for (const team of [red, blue]) {
      const other = team === red ? 'blue' : 'red';
      const { data } = await asTeam(
        team,
        `query($id: ID!, $task: ID!) {
          analysis(id: $id) { videoUrl persons { previewUrl analysis { videoUrl } } headSwapTasks { edges { node { mappings { faceUrl } } } } }
          headSwapTask(id: $task) { sourceVideoUrl mappings { faceUrl person { previewUrl } } analysis { videoUrl } }
          analyses { edges { node { videoUrl } } }
          headSwapTasks { edges { node { id sourceVideoUrl } } }
          createHeadSwapTaskResult(idempotencyKey: "key-of-both") { ... on HeadSwapTask { sourceVideoUrl } }
          creditBalance
        }`,
        { id, task },
      );
      const text = JSON.stringify(data);
      expect(text).toContain(`${team.id}.mp4`);
      expect(text).toContain(`faces/${team.id}.png`);
      expect(text).not.toContain(`/${other}`);
      expect(data.analyses.edges).toHaveLength(1);
      expect(data.headSwapTasks.edges).toHaveLength(1);
    }
  });

  it('share no group of subscribers, no stream of changes and no reads', async () => {
    const id = await submit(red);
    await submit(blue);
    const task = await create(red, id);
    await create(blue, id);
    const query =
      'subscription($id: ID!) { headSwapTaskStatusChanged(id: $id) { status sourceVideoUrl progress } }';
    const feed = 'subscription { jobStatusChanged { job { __typename id status } } }';
    const watching = await Promise.all(
      [red, blue].map(async (team) => {
        const socket = await connectRaw(gateway.url, { init: team.credential });
        socket.send({
          id: 'watch',
          type: 'subscribe',
          payload: { query, variables: { id: task } },
        });
        socket.send({ id: 'feed', type: 'subscribe', payload: { query: feed } });
        return socket;
      }),
    );
    const [redSocket, blueSocket] = watching;
    await until(() => watching.every(({ inbox }) => inbox.length >= 2));

    finishTask(red.upstream, task);
    await until(() => JSON.stringify(redSocket?.inbox).includes('COMPLETED'));
    red.upstream.setTask(task, { status: 4 });
    // A change of its own goes all the way to blue meanwhile, so what is red's would have come by now.
    blue.upstream.setTask(task, { status: 2, progress: 33 });
    await until(() => JSON.stringify(blueSocket?.inbox).includes('"progress":33'));
    expect(JSON.stringify(blueSocket?.inbox)).not.toMatch(/COMPLETED|FAILED|red/);
    expect(JSON.stringify(redSocket?.inbox)).not.toMatch(/33|blue/);
    for (const socket of watching) socket.webSocket.terminate();
  });

  it('each buy once with the same key, and learn nothing of the other', async () => {
    const id = await submit(red);
    await submit(blue);
    await create(red, id);
    const unused = await asTeam(
      blue,
      '{ createHeadSwapTaskResult(idempotencyKey: "key-of-both") { __typename } }',
    );
    expect(unused.data).toEqual({ createHeadSwapTaskResult: null });
    await create(blue, id);
    await create(red, id);
    await create(blue, id);
    expect(red.upstream.requestsTo('createTask')).toHaveLength(1);
    expect(blue.upstream.requestsTo('createTask')).toHaveLength(1);
    expect(red.upstream.requestsTo('createTask')[0]?.headers['x-api-key']).toBe(
      red.account.clientSecret,
    );
    expect(blue.upstream.requestsTo('createTask')[0]?.headers['x-api-key']).toBe(
      blue.account.clientSecret,
    );
  });

  it('have a balance each', async () => {
    red.upstream.credit = 111;
    blue.upstream.credit = 222;
    const balances = await Promise.all(
      Array.from({ length: 10 }, (_, n) => asTeam(n % 2 ? blue : red, '{ creditBalance }')),
    );
    expect(balances.map(({ data }) => data.creditBalance)).toEqual(
      Array.from({ length: 10 }, (_, n) => (n % 2 ? 222 : 111)),
    );
  });
});

describe("another team's job", () => {
  it('is answered in every way with the bytes of an unknown one', async () => {
    await submit(red);
    const theirs = await submit(red, 'https://example.com/red-2.mp4');
    const task = await create(red, theirs, 'key-of-red');
    await submit(blue);

    const queries = [
      'query($id: ID!) { analysis(id: $id) { id status } }',
      'query($id: ID!) { headSwapTask(id: $id) { id status } }',
    ];
    const subscriptions = [
      'subscription($id: ID!) { analysisStatusChanged(id: $id) { id } }',
      'subscription($id: ID!) { headSwapTaskStatusChanged(id: $id) { id } }',
      'subscription($id: ID!) { headSwapTaskStatusChanged(id: $id, after: 1) { id } }',
    ];
    const say = async (id: string, number: string): Promise<string> => {
      const answers: string[] = [];
      for (const query of queries) {
        answers.push((await post(gateway.url, { query, variables: { id } }, blue.credential)).text);
      }
      for (const query of subscriptions) {
        answers.push(await overWebSocket(blue, query, id));
        const headers = { ...blue.credential, accept: 'text/event-stream' };
        answers.push((await post(gateway.url, { query, variables: { id } }, headers)).text);
      }
      const order = orderOf(blue, id, `key-of-blue-${number}`);
      answers.push(
        (await post(gateway.url, { query: CREATE, variables: order }, blue.credential)).text,
      );
      return answers.join('\n').replaceAll(id, '<id>');
    };
    const unknown = await say(UNKNOWN, '1');
    expect(await say(theirs, '2')).toBe(unknown);
    expect(await say(task, '3')).toBe(unknown);
    expect(unknown).toContain('NOT_FOUND');
    expect(unknown).toContain('NotFoundError');
    expect(blue.upstream.requestsTo('createTask')).toEqual([]);

    const resultOf = async (key: string): Promise<string> =>
      JSON.stringify(
        await asTeam(
          blue,
          'query($k: ID!) { createHeadSwapTaskResult(idempotencyKey: $k) { __typename } }',
          { k: key },
        ),
      );
    expect(await resultOf('key-of-red')).toBe(await resultOf('key-of-nobody'));
  });

  it('is in no list and no feed, and its cursors are as foreign as made-up ones', async () => {
    await submit(red);
    await create(red, await submit(red, 'https://example.com/red-2.mp4'));
    const id = await submit(blue);
    const cursors = '{ jobStatusCursor analyses(first: 1) { pageInfo { endCursor hasNextPage } } }';
    const { data: reds } = await asTeam(red, cursors);
    const { data: blues } = await asTeam(blue, cursors);
    expect(reds.analyses.pageInfo.hasNextPage).toBe(true);
    expect(blues.analyses.pageInfo.hasNextPage).toBe(false);
    expect(
      (await asTeam(blue, '{ headSwapTasks { edges { cursor } } }')).data.headSwapTasks,
    ).toEqual({ edges: [] });

    const page = 'query($after: String) { analyses(after: $after) { edges { node { id } } } }';
    const made = Buffer.from('["made","ANALYSIS","up",1,"x"]').toString('base64url');
    const foreign = await asTeam(blue, page, { after: reds.analyses.pageInfo.endCursor });
    expect(foreign.errors?.[0]?.extensions['code']).toBe('INVALID_INPUT');
    expect(foreign).toEqual(await asTeam(blue, page, { after: made }));
    const own = await asTeam(blue, page, { after: blues.analyses.pageInfo.endCursor });
    expect(own.data.analyses.edges).toEqual([]);

    const feed =
      'subscription($id: ID!) { jobStatusChanged(after: $id) { job { id __typename } } }';
    const told = await overWebSocket(blue, feed, reds.jobStatusCursor);
    expect(told).toContain('INVALID_INPUT');
    expect(told).toBe(await overWebSocket(blue, feed, made));

    const socket = await connectRaw(gateway.url, { init: blue.credential });
    const started = Buffer.from(blues.jobStatusCursor, 'base64url').toString();
    const beginning = Buffer.from(started.replace(/,\d+\]$/, ',0]')).toString('base64url');
    socket.send({
      id: 'f',
      type: 'subscribe',
      payload: { query: feed, variables: { id: beginning } },
    });
    expect(JSON.stringify(await socket.next())).toContain(id);
    await submit(red, 'https://example.com/red-3.mp4');
    socket.send({ type: 'ping' });
    expect((await socket.next()).type).toBe('pong');
    expect(socket.inbox).toEqual([]);
    socket.webSocket.terminate();
  });
});

describe('a callback', () => {
  it("opens with the account of its token's team alone, and rings for that team alone", async () => {
    const id = await submit(red);
    await submit(blue);
    const task = await create(red, id);
    await create(blue, id);
    const token = tokenOf(red.upstream.requestsTo('createTask')[0]);
    const body = JSON.stringify({ _id: task, status: 3, type: 'headswap', url: '' });
    const foreign = sealCallback(body, blue.account, 1_778_806_300_000, 1);
    const refused = await ring(gateway, token, foreign);
    const garbage = await ring(gateway, token, { signature: 'x' });
    expect([refused.status, refused.body]).toEqual([400, garbage.body]);

    finishTask(red.upstream, task);
    const before = red.upstream.requestsTo('task').length;
    const rung = await ring(gateway, token, sealCallback(body, red.account, 1_778_806_300_000, 2));
    expect(rung.status).toBe(200);
    await until(() => red.upstream.requestsTo('task').length > before);
    await until(async () => {
      const { data } = await asTeam(red, `{ headSwapTask(id: "${task}") { status } }`);
      return data.headSwapTask.status === 'COMPLETED';
    });
    const { data } = await asTeam(blue, `{ headSwapTask(id: "${task}") { status } }`);
    expect(data.headSwapTask.status).toBe('QUEUED');
  });
});

describe('a JWT', () => {
  it('stands for the team that its claim names, and for nobody else', async () => {
    const issuer = await startIssuer();
    const env = { ...ENV, ...issuer.env, TEAMS_FILE: teamsFile, JWT_TEAM_CLAIM: 'org' };
    const second = await startGateway({ env });
    red.upstream.credit = 111;
    blue.upstream.credit = 222;
    const balance = async (claims: Record<string, unknown>): Promise<unknown> => {
      const authorization = `Bearer ${await issuer.sign(claims)}`;
      const { status, text } = await post(
        second.url,
        { query: '{ creditBalance }' },
        { authorization },
      );
      return status === 200 ? JSON.parse(text).data.creditBalance : status;
    };
    expect(await balance({ org: 'red' })).toBe(111);
    expect(await balance({ org: 'blue' })).toBe(222);
    for (const org of [undefined, 'green', 'RED', ['red'], { red: true }, '', null, '__proto__']) {
      expect(await balance({ org, team: 'red' })).toBe(401);
    }
    await issuer.stop();
  });
});
