import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { createLogger } from '../../src/log/logger.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { stopGateways } from '../support/gateway/gateway.ts';
import { CALLER, SECRETS, startLeakage, type Leakage } from '../support/gateway/leakage.ts';

let story: Leakage;
let fault: 'none' | 'store' | 'bug';

beforeEach(async () => {
  fault = 'none';
  story = await startLeakage({
    wrapStore: (store) => ({
      ...store,
      listJobs: (query) => {
        if (fault === 'store') throw new StoreUnavailableError('The store is away.');
        if (fault === 'bug') throw new TypeError('a mistake of ours');
        return store.listJobs(query);
      },
    }),
  });
});
afterEach(async () => {
  await story.stop();
  await stopGateways();
});

describe('a fault of ours', () => {
  it('is INTERNAL to callers, with an id under which the log has its message and its places', async () => {
    fault = 'bug';
    const query = '{ analyses { edges { cursor } } }';
    const text = await story.run(query);
    const requestId = /"requestId":"([^"]+)"/.exec(text)?.[1] ?? '';
    expect(text).toContain('"code":"INTERNAL"');
    expect(text).toContain(`"x-request-id":"${requestId}"`);
    expect(text).not.toMatch(/mistake of ours|leakage|node_modules|TypeError/);
    const line = story.gateway.logs.find((logged) => logged.includes('mistake of ours'));
    const { requestId: logged, error, level } = JSON.parse(line ?? '{}');
    expect([logged, level, error.name]).toEqual([requestId, 'error', 'TypeError']);
    expect(error.stack[0]).toContain('leakage-faults.test.ts');

    const socket = await connectRaw(story.gateway.url, { init: CALLER });
    socket.send({ id: '1', type: 'subscribe', payload: { query } });
    const frame = JSON.stringify(await socket.next());
    expect(frame).not.toContain('mistake of ours');
    const frameId = /"requestId":"([^"]+)"/.exec(frame)?.[1] ?? 'none';
    expect(frameId).not.toBe(requestId);
    expect(story.gateway.logs.filter((logged) => logged.includes(frameId)).length).toBeGreaterThan(
      1,
    );
    socket.webSocket.terminate();
  });

  it('of the store is UNAVAILABLE, with a time to wait', async () => {
    fault = 'store';
    const text = await story.run('{ analyses { edges { cursor } } }');
    expect(text).toContain('"code":"UNAVAILABLE","retryAfterSeconds":5');
  });
});

describe('the log', () => {
  it('tells each operation at level debug: its name and kind, never its variables or its text', async () => {
    await story.run('query Named($id: ID!) { analysis(id: $id) { id } }', {
      id: 'canary-of-a-variable',
    });
    await story.run('{ canaryOfADocument }');
    const lines = story.gateway.logs.map((line) => JSON.parse(line));
    const answered = lines.find(({ operation }) => operation === 'Named');
    expect(answered).toMatchObject({
      level: 'debug',
      msg: 'Operation answered',
      kind: 'query',
      team: 'default',
      requestId: expect.any(String),
      ms: expect.any(Number),
    });
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'Operation refused', code: 'GRAPHQL_VALIDATION_FAILED' }),
    );
    expect(story.gateway.logs.join('')).not.toMatch(/canary-of-a-variable|canaryOfADocument/);
  });

  it('of a secret in an error keeps the rest', async () => {
    const lines: string[] = [];
    const log = await createLogger({
      level: 'info',
      secrets: [SECRETS.apiKey],
      readable: false,
      destination: { write: (line) => lines.push(line) },
    });
    log.error({ error: new Error(`no ${SECRETS.apiKey} here`) }, 'Unexpected error');
    expect(lines.join('')).toContain('no [hidden] here');
    expect(lines.join('')).toContain('leakage-faults.test.ts');
    expect(lines.join('')).not.toContain(SECRETS.apiKey);
  });
});
