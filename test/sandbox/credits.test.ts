import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { openState } from '../../src/sandbox/state/state.ts';
import { analyzedSandbox, customer, ownCustomer, testSandbox } from './support.ts';

const VIDEO = 'https://videos.example/two-people.mp4';
const OTHER = { apiKey: 'another-sandbox-key-of-32-bytes!', clientId: 'another<client' };

/** Sets credits as a form in a browser does. */
function submitForm(url: string, fields: Record<string, string>): Promise<Response> {
  return fetch(`${url}/credits`, {
    method: 'POST',
    headers: { accept: 'text/html,*/*;q=0.8' },
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
}

function submitJson(url: string, body: string): Promise<Response> {
  return fetch(`${url}/credits`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
}

describe('credits that fall under 100', () => {
  it('are refilled, which is said in one line', async () => {
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const { akool, sandbox } = await analyzedSandbox(VIDEO, { log });
    for (let bought = 1; bought <= 90; bought += 1) await akool.create(VIDEO);
    expect(await akool.quota()).toMatchObject({ data: { credit: 100 } });
    expect(lines).toEqual([]);
    expect(await akool.create(VIDEO)).toMatchObject({ code: 1000 });
    expect(await akool.quota()).toMatchObject({ data: { credit: 1_000 } });
    expect(lines).toEqual([
      'The credits of sandbox-client-id fell to 90 and were refilled to 1000.',
    ]);
    expect(sandbox.stats().createsByVideoUrl.get(VIDEO)).toBe(91);
  });

  it('are refilled to what they were last set to', async () => {
    const { akool } = await analyzedSandbox(VIDEO, { credits: 105 });
    expect(await akool.create(VIDEO)).toMatchObject({ code: 1000 });
    expect(await akool.quota()).toMatchObject({ data: { credit: 105 } });
  });

  it('run out when they were set to less', async () => {
    const { akool, sandbox } = await analyzedSandbox(VIDEO, { credits: 25 });
    const codes = await Promise.all(
      Array.from({ length: 5 }, async () => (await akool.create(VIDEO)).code),
    );
    expect(codes.sort()).toEqual([1000, 1000, 1104, 1104, 1104]);
    expect(await akool.quota()).toMatchObject({ data: { credit: 5 } });
    expect(sandbox.stats().credits).toBe(5);
  });

  it('are refilled for each account by itself', async () => {
    const { akool, sandbox } = await analyzedSandbox(VIDEO, { moreAccounts: [OTHER] });
    await submitJson(sandbox.url, JSON.stringify({ credits: 50, clientId: OTHER.clientId }));
    await akool.create(VIDEO);
    const other = customer(sandbox, { 'x-api-key': OTHER.apiKey });
    expect(await other.quota()).toMatchObject({ data: { credit: 50 } });
    expect(await akool.quota()).toMatchObject({ data: { credit: 990 } });
  });
});

describe('the route and the page of credits', () => {
  it('show every account, and how often it was refilled', async () => {
    const options = { moreAccounts: [OTHER], credits: 100 };
    const { akool, sandbox, clock } = await analyzedSandbox(VIDEO, options);
    await akool.create(VIDEO);
    const [shown, page] = await Promise.all([
      fetch(`${sandbox.url}/credits`),
      fetch(`${sandbox.url}/credits`, { headers: { accept: 'text/html' } }),
    ]);
    expect(await shown.json()).toEqual([
      {
        clientId: 'sandbox-client-id',
        credits: 100,
        setTo: 100,
        refills: 1,
        refilledAt: clock.now(),
      },
      { clientId: OTHER.clientId, credits: 100, setTo: 100, refills: 0, refilledAt: null },
    ]);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const text = await page.text();
    expect(text).toContain(`once to 100, last at ${new Date(clock.now()).toISOString()}`);
    expect(text).toContain('another&lt;client');
    expect(text).not.toContain(OTHER.clientId);
  });

  it('set the sandbox’s own account, or the one that is named', async () => {
    const sandbox = await testSandbox({ moreAccounts: [OTHER] });
    const set = await submitJson(sandbox.url, '{"credits":7}');
    expect(await set.json()).toMatchObject({ clientId: 'sandbox-client-id', credits: 7 });
    const form = await submitForm(sandbox.url, { clientId: OTHER.clientId, credits: '1234' });
    expect(form.status).toBe(303);
    expect(form.headers.get('location')).toBe('credits');
    expect(await ownCustomer(sandbox).quota()).toMatchObject({ data: { credit: 7 } });
    const other = customer(sandbox, { 'x-api-key': OTHER.apiKey });
    expect(await other.quota()).toMatchObject({ data: { credit: 1_234 } });
  });

  it.each(['{"credits":-1}', '{"credits":1.5}', '{"credits":"many"}', '{}', 'nonsense'])(
    'refuse %s and change nothing',
    async (body) => {
      const sandbox = await testSandbox();
      const answer = await submitJson(sandbox.url, body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({
        error: 'credits must be a whole number from 0 to 1000000000',
      });
      expect(sandbox.stats().credits).toBe(1_000);
    },
  );

  it('take no other method', async () => {
    const sandbox = await testSandbox();
    const answer = await fetch(`${sandbox.url}/credits`, { method: 'DELETE' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('know no account that there is not', async () => {
    const sandbox = await testSandbox();
    const answer = await submitJson(sandbox.url, '{"credits":1,"clientId":"nobody"}');
    expect(answer.status).toBe(404);
  });

  it('are named on the first page', async () => {
    const sandbox = await testSandbox();
    expect(await (await fetch(sandbox.url)).text()).toContain(`${sandbox.url}/credits`);
  });
});

describe('credits over restarts', () => {
  function stateFileForTest(): string {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-credits-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return join(folder, 'sandbox.jsonl');
  }

  it('stay what they were, unless the start chooses others', async () => {
    const stateFile = stateFileForTest();
    for (const [credits, expected] of [
      [500, 500],
      [undefined, 500],
      [60, 60],
      [undefined, 60],
    ] as const) {
      const sandbox = await startSandbox({ stateFile, ...(credits !== undefined && { credits }) });
      expect(sandbox.stats().credits).toBe(expected);
      await sandbox.close();
    }
  });

  it('are refilled at a start that finds them low, as older state files are', async () => {
    const stateFile = stateFileForTest();
    await (await startSandbox({ stateFile, log: () => undefined })).close();
    const [, line = ''] = readFileSync(stateFile, 'utf8').split('\n');
    const { team } = z
      .object({ record: z.literal('credits'), team: z.string() })
      .parse(JSON.parse(line));
    const state = openState(stateFile);
    state.write({
      record: 'task',
      id: '6a066dc58570ecbf64f761a5',
      supportId: '6a066dc58570ecbf64f761a6',
      team,
      createdAt: 1,
      durationMs: 1,
      videoUrl: VIDEO,
      faceUrls: [],
      resolution: '480p',
      modelName: 'akool-premium',
      webhookUrl: null,
      cost: 1_000,
    });
    state.close();
    const lines: string[] = [];
    const sandbox = await testSandbox({ stateFile, log: (text) => lines.push(text) });
    expect(sandbox.stats().credits).toBe(1_000);
    expect(lines).toHaveLength(1);
  });
});
