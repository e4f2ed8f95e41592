import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startWithUpstream, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { completeAnalysis, createTask, finishTask } from '../support/gateway/stories.ts';

const PLAIN = 'subscription ($id: ID!) { headSwapTaskStatusChanged(id: $id) { status } }';
const WITH_AFTER =
  'subscription ($id: ID!, $after: Int) { headSwapTaskStatusChanged(id: $id, after: $after) { status } }';

describe('Last-Event-ID', () => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  let task: string;
  beforeEach(async () => {
    ({ upstream, gateway } = await startWithUpstream());
    task = await createTask(gateway, await completeAnalysis(gateway, upstream));
  });
  afterEach(stopGateways);

  const open = (
    query: string,
    variables: object,
    lastEventId?: string,
    posted = false,
  ): Promise<Response> => {
    const headers = {
      accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    };
    const url = `${gateway.url}/graphql`;
    if (posted) {
      return fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
    }
    const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    return fetch(`${url}?${search}`, { headers });
  };
  const idsIn = (text: string): string[] =>
    [...text.matchAll(/^id: (.*)$/gm)].map(([, id = '']) => id);
  const finish = async (): Promise<string> => {
    const watched = await open(PLAIN, { id: task });
    finishTask(upstream, task);
    const text = await watched.text();
    expect(text).toContain('"COMPLETED"');
    return idsIn(text).at(-1) ?? '';
  };

  it('is the version, whether or not it was asked for', async () => {
    expect(await finish()).toBe('2');
  });

  it.each([
    ['no after', PLAIN, {}],
    ['an after that is older', WITH_AFTER, { after: 1 }],
  ])(
    'ends EventSource with 204 once the end was seen, with %s',
    async (_case, query, variables) => {
      const last = await finish();
      const again = await open(query, { id: task, ...variables }, last);
      expect([again.status, await again.text()]).toEqual([204, '']);
      const posted = await open(query, { id: task, ...variables }, last, true);
      expect([posted.status, await posted.text()]).toEqual([
        200,
        ':\n\nevent: complete\ndata:\n\n',
      ]);
    },
  );

  it.each(['1', '7', '-1', 'nonsense', '99999999999999999999'])(
    'brings the end after %s, which is not its version',
    async (seen) => {
      await finish();
      const text = await (await open(WITH_AFTER, { id: task }, seen)).text();
      expect(idsIn(text)).toEqual(['2']);
      expect(text).toMatch(/\nevent: complete\ndata:\n\n$/);
    },
  );

  it('opens at once where there is nothing new, then brings what is', async () => {
    const again = await open(PLAIN, { id: task }, '1');
    expect([again.status, again.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    finishTask(upstream, task);
    const text = await again.text();
    expect(idsIn(text)).toEqual(['2']);
  });

  it('tells an unknown job as ever', async () => {
    const text = await (await open(PLAIN, { id: '6a066dc58570ecbf64f70000' }, '3')).text();
    expect(text).toContain('"NOT_FOUND"');
  });

  it('is the cursor of the feed, and goes on behind it', async () => {
    const feed = 'subscription { jobStatusChanged { job { id } } }';
    const first = (await open(feed, {})).body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (idsIn(text).length === 0) text += (await first?.read())?.value ?? '';
    await first?.cancel();
    const cursor = idsIn(text)[0];
    expect(cursor).toMatch(/^[\w-]+$/);
    await finish();
    const resumed = (await open(feed, {}, cursor)).body
      ?.pipeThrough(new TextDecoderStream())
      .getReader();
    let rest = '';
    while (idsIn(rest).length === 0) rest += (await resumed?.read())?.value ?? '';
    await resumed?.cancel();
    expect(rest).toContain(task);
    expect(idsIn(rest)).not.toContain(cursor);
  });
});
