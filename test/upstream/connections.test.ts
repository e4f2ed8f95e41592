import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clientOf } from '../support/akool/akool-client.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { until } from '../support/processes/until.ts';

const ID = '6a066d03625746c797390f55';

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(() => upstream.stop());

test('half the reads failing: attempts stay within 1.1 times the reads', async () => {
  const reads = 300;
  let asked = 0;
  upstream.setTask(ID);
  upstream.always('task', (exchange) => {
    asked += 1;
    const reply = asked % 2 === 0 ? scripted.html(503) : scripted.success({ _id: ID, status: 1 });
    reply(exchange);
  });
  const client = clientOf(upstream.url);
  for (let i = 0; i < reads / 10; i += 1) {
    await Promise.allSettled(Array.from({ length: 10 }, () => client.readHeadSwapTask(ID)));
  }
  expect(asked).toBe(upstream.requestsTo('task').length);
  expect(asked).toBeGreaterThan(reads);
  expect(asked).toBeLessThanOrEqual(reads * 1.1);
});

describe('connections', () => {
  test('more reads than connections wait for their turn, and give up in time', async () => {
    upstream.always('task', scripted.hang);
    const client = clientOf(upstream.url, { readTimeoutMs: 400 });
    const reads = Array.from({ length: 80 }, () => client.readHeadSwapTask(ID));
    const outcomes = await Promise.allSettled(reads);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(80);
    upstream.setTask(ID);
    upstream.always('task', null);
    // A busy machine may take longer than one read is given.
    const isRead = async (): Promise<boolean> =>
      (await client.readHeadSwapTask(ID)).kind !== 'DENIED';
    await until(() => isRead().catch(() => false));
  });

  test('a second answer to one request is never taken for the answer to the next', async () => {
    const whole = (status: number): string => {
      const body = JSON.stringify({ code: 1000, data: { _id: ID, status } });
      return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    };
    upstream.setTask(ID, { status: 1 });
    const client = clientOf(upstream.url);
    for (let i = 0; i < 10; i += 1) {
      upstream.next('task', ({ socket }) => void socket.write(whole(2) + whole(4)));
      expect(await client.readHeadSwapTask(ID)).toMatchObject({ status: 'PROCESSING' });
      expect(await client.readHeadSwapTask(ID)).toMatchObject({ status: 'QUEUED' });
    }
  });

  test('close waits for running reads', async () => {
    upstream.setTask(ID);
    upstream.next('task', (exchange) => {
      setTimeout(() => scripted.success({ _id: ID })(exchange), 100);
    });
    const client = clientOf(upstream.url);
    let answered = false;
    const read = client.readHeadSwapTask(ID).then((seen) => {
      answered = true;
      return seen;
    });
    await upstream.received('task', 1);
    await client.close();
    expect(answered).toBe(true);
    expect(await read).toMatchObject({ id: ID });
  });
});
