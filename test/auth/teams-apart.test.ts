import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { sealCallback } from '../../src/sandbox/callbacks/callback-crypto.ts';
import { post } from '../support/gateway/calling.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { finishTask } from '../support/gateway/stories.ts';
import { CREATE, startTwoTeams, type Team } from '../support/gateway/two-teams.ts';
import { until } from '../support/processes/until.ts';
import { post as ring, tokenOf } from '../support/akool/webhooks.ts';

const UNKNOWN = '6a066d036257ffffffffffff';

let red: Team;
let blue: Team;
let gateway: Gateway;

beforeEach(async () => {
  ({ red, blue, gateway } = await startTwoTeams());
});
afterEach(async () => {
  await stopGateways();
  await Promise.all([red.upstream.stop(), blue.upstream.stop()]);
  removeFolders();
});

describe("another team's job", () => {
  it('is answered in every way with the bytes of an unknown one', async () => {
    await red.submit();
    const theirs = await red.submit('https://example.com/red-2.mp4');
    const task = await red.create(theirs, 'key-of-red');
    await blue.submit();

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
        answers.push(await blue.overWebSocket(query, id));
        const headers = { ...blue.credential, accept: 'text/event-stream' };
        answers.push((await post(gateway.url, { query, variables: { id } }, headers)).text);
      }
      const order = blue.orderOf(id, `key-of-blue-${number}`);
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
        await blue.ask(
          'query($k: ID!) { createHeadSwapTaskResult(idempotencyKey: $k) { __typename } }',
          { k: key },
        ),
      );
    expect(await resultOf('key-of-red')).toBe(await resultOf('key-of-nobody'));
  });

  it('is in no list and no feed, and its cursors are as foreign as made-up ones', async () => {
    await red.submit();
    await red.create(await red.submit('https://example.com/red-2.mp4'));
    const id = await blue.submit();
    const cursors = '{ jobStatusCursor analyses(first: 1) { pageInfo { endCursor hasNextPage } } }';
    const { data: reds } = await red.ask(cursors);
    const { data: blues } = await blue.ask(cursors);
    expect(reds.analyses.pageInfo.hasNextPage).toBe(true);
    expect(blues.analyses.pageInfo.hasNextPage).toBe(false);
    expect((await blue.ask('{ headSwapTasks { edges { cursor } } }')).data.headSwapTasks).toEqual({
      edges: [],
    });

    const page = 'query($after: String) { analyses(after: $after) { edges { node { id } } } }';
    const made = Buffer.from('["made","ANALYSIS","up",1,"x"]').toString('base64url');
    const foreign = await blue.ask(page, { after: reds.analyses.pageInfo.endCursor });
    expect(foreign.errors?.[0]?.extensions['code']).toBe('INVALID_INPUT');
    expect(foreign).toEqual(await blue.ask(page, { after: made }));
    const own = await blue.ask(page, { after: blues.analyses.pageInfo.endCursor });
    expect(own.data.analyses.edges).toEqual([]);

    const feed =
      'subscription($id: ID!) { jobStatusChanged(after: $id) { job { id __typename } } }';
    const told = await blue.overWebSocket(feed, reds.jobStatusCursor);
    expect(told).toContain('INVALID_INPUT');
    expect(told).toBe(await blue.overWebSocket(feed, made));

    const socket = await connectRaw(gateway.url, { init: blue.credential });
    const started = Buffer.from(blues.jobStatusCursor, 'base64url').toString();
    const beginning = Buffer.from(started.replace(/,\d+\]$/, ',0]')).toString('base64url');
    socket.send({
      id: 'f',
      type: 'subscribe',
      payload: { query: feed, variables: { id: beginning } },
    });
    expect(JSON.stringify(await socket.next())).toContain(id);
    await red.submit('https://example.com/red-3.mp4');
    socket.send({ type: 'ping' });
    expect((await socket.next()).type).toBe('pong');
    expect(socket.inbox).toEqual([]);
    socket.webSocket.terminate();
  });
});

describe('a callback', () => {
  it("opens with the account of its token's team alone, and rings for that team alone", async () => {
    const id = await red.submit();
    await blue.submit();
    const task = await red.create(id);
    await blue.create(id);
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
      const { data } = await red.ask(`{ headSwapTask(id: "${task}") { status } }`);
      return data.headSwapTask.status === 'COMPLETED';
    });
    const { data } = await blue.ask(`{ headSwapTask(id: "${task}") { status } }`);
    expect(data.headSwapTask.status).toBe('QUEUED');
  });
});
