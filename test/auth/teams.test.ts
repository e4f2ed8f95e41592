import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { post } from '../support/gateway/calling.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { startIssuer } from '../support/gateway/issuer.ts';
import { finishTask } from '../support/gateway/stories.ts';
import { startTwoTeams, type Team } from '../support/gateway/two-teams.ts';
import { until } from '../support/processes/until.ts';

let red: Team;
let blue: Team;
let gateway: Gateway;
let env: Record<string, string>;

beforeEach(async () => {
  ({ red, blue, gateway, env } = await startTwoTeams());
});
afterEach(async () => {
  await stopGateways();
  await Promise.all([red.upstream.stop(), blue.upstream.stop()]);
  removeFolders();
});

describe('two teams whose accounts give out the same ids', () => {
  it('each see their own jobs behind them, in every way of asking', async () => {
    const id = await red.submit();
    expect(await blue.submit()).toBe(id);
    const task = await red.create(id);
    expect(await blue.create(id)).toBe(task);

    for (const team of [red, blue]) {
      const other = team === red ? 'blue' : 'red';
      const { data } = await team.ask(
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
    const id = await red.submit();
    await blue.submit();
    const task = await red.create(id);
    await blue.create(id);
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
    // A change of its own goes all the way to blue meanwhile, so what is red's would have come by
    // now.
    blue.upstream.setTask(task, { status: 2, progress: 33 });
    await until(() => JSON.stringify(blueSocket?.inbox).includes('"progress":33'));
    expect(JSON.stringify(blueSocket?.inbox)).not.toMatch(/COMPLETED|FAILED|red/);
    expect(JSON.stringify(redSocket?.inbox)).not.toMatch(/33|blue/);
    for (const socket of watching) socket.webSocket.terminate();
  });

  it('each buy once with the same key, and learn nothing of the other', async () => {
    const id = await red.submit();
    await blue.submit();
    await red.create(id);
    const unused = await blue.ask(
      '{ createHeadSwapTaskResult(idempotencyKey: "key-of-both") { __typename } }',
    );
    expect(unused.data).toEqual({ createHeadSwapTaskResult: null });
    await blue.create(id);
    await red.create(id);
    await blue.create(id);
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
      Array.from({ length: 10 }, (_, n) => (n % 2 ? blue : red).ask('{ creditBalance }')),
    );
    expect(balances.map(({ data }) => data.creditBalance)).toEqual(
      Array.from({ length: 10 }, (_, n) => (n % 2 ? 222 : 111)),
    );
  });
});

describe('a JWT', () => {
  it('stands for the team that its claim names, and for nobody else', async () => {
    const issuer = await startIssuer();
    const second = await startGateway({
      env: { ...env, ...issuer.env, JWT_TEAM_CLAIM: 'org' },
    });
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
