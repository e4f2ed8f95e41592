import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { held, success } from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { ask } from '../support/gateway/calling.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { envFor } from '../support/gateway/stories.ts';
import { CHROMIUM, launchChromium } from '../support/processes/chromium.ts';
import { openExplorer, type Explorer } from './support/explorer.ts';

const KEY = 'hsg_typed-into-the-headers-pane';
const SUBMIT =
  'mutation { submitAnalysis(input: { videoUrl: "https://example.com/v.mp4" }) { ... on Analysis { id } } }';
const TABS = [
  'SubmitAnalysis',
  'WatchAnalysis',
  'ReadPersons',
  'CreateHeadSwapTask',
  'WatchHeadSwapTask',
  'ReadOutput',
  'ListJobs',
  'WatchTeam',
  'RecoverCreate',
  'CreditBalance',
  'CreateUpload',
  'FinishUpload',
];

describe.skipIf(!existsSync(CHROMIUM))(
  'the explorer in a browser (skipped where /usr/bin/chromium is not installed)',
  () => {
    let browser: Browser;
    let upstream: ScriptedUpstream;
    let gateway: Gateway;
    let explorer: Explorer;

    beforeAll(async () => {
      browser = await launchChromium();
    });
    afterAll(() => browser.close());

    const open = async (
      env: Record<string, string>,
      viewport?: { width: number; height: number },
    ): Promise<void> => {
      gateway = await startGateway({ env: { ...envFor(upstream), ...env } });
      explorer = await openExplorer(browser, gateway.url, viewport);
    };
    beforeEach(async () => {
      upstream = await startScriptedUpstream();
    });
    afterEach(async () => {
      await explorer.page.context().close();
      await stopGateways();
      await upstream.stop();
    });

    /** A subscription's answer has begun. */
    const streaming = () =>
      explorer.page.waitForResponse((response) =>
        String(response.headers()['content-type']).startsWith('text/event-stream'),
      );
    const submitted = async (): Promise<string> => {
      await explorer.showTab('SubmitAnalysis');
      // Not from the page alone, which shows the answer before for another moment.
      const answered = explorer.page.waitForResponse(
        (response) => response.request().postData()?.includes('"SubmitAnalysis"') === true,
      );
      await explorer.run();
      const { data } = await (await answered).json();
      const { id } = data.submitAnalysis;
      await explorer.shows(`"id": "${id}"`);
      return id;
    };

    it('tells the story in its tabs, each with the id of the one before', async () => {
      await open({});
      const names = explorer.page.locator('[role=tab] .graphiql-tab-button');
      expect(await names.allTextContents()).toEqual(TABS);
      await explorer.showsVariables('"videoUrl": "https://example.com/two-people.mp4"');
      await explorer.showTab('WatchAnalysis');
      await explorer.showsVariables('"id": "paste the id of the analysis here"');

      const first = await submitted();
      for (const tab of ['WatchAnalysis', 'ReadPersons', 'CreateHeadSwapTask']) {
        await explorer.showTab(tab);
        await explorer.showsVariables(`"${first}"`);
      }
      const second = await submitted();
      await explorer.showTab('ReadPersons');
      await explorer.showsVariables(`"${second}"`);
      await explorer.run();
      await explorer.shows(`"id": "${second}"`);
      await explorer.showTab('WatchHeadSwapTask');
      await explorer.showsVariables('"id": "paste the id of the task here"');
      expect(explorer.wrong).toEqual([]);
    });

    it('fills in the id of an answer that comes when the next tab is open already', async () => {
      await open({});
      const id = '6a066dc58570ecbf64f7aaaa';
      const [answer, letGo] = held(success({ _id: id, status: 1, progress: 0 }));
      upstream.next('analyze', answer);
      await explorer.showTab('SubmitAnalysis');
      await explorer.run();
      await upstream.received('analyze', 1);
      await explorer.showTab('WatchAnalysis');
      await explorer.showsVariables('"id": "paste the id of the analysis here"');
      letGo();
      await explorer.showsVariables(`"${id}"`);
      expect(explorer.wrong).toEqual([]);
    });

    it('shows every event of a subscription, the newest first', async () => {
      await open({});
      const id = await submitted();
      await explorer.showTab('WatchAnalysis');
      const stream = streaming();
      await explorer.run();
      await stream;
      await explorer.shows('"event 1"');
      upstream.setAnalysis(id, { status: 2, progress: 55 });
      await explorer.shows('"progress": 55');
      await explorer.shows('"event 2"');
      const log = await explorer.page.locator('.result-window').textContent();
      expect(log?.match(/event.\d/g)).toEqual(['event\u00A02', 'event\u00A01']);

      // Stopped in silence, it lets go of its connection.
      const ended = explorer.page.waitForEvent('requestfailed');
      await explorer.run();
      expect((await ended).failure()?.errorText).toBe('net::ERR_ABORTED');
      expect(explorer.wrong).toEqual([]);
    });

    it('is as it was after a reload', async () => {
      await open({});
      const id = await submitted();
      await explorer.remembered('"activeTabIndex":0');
      await explorer.page.reload();
      await explorer.showsVariables('"videoUrl": "https://example.com/two-people.mp4"');
      expect(await explorer.page.locator('[role=tab]').count()).toBe(TABS.length);

      await explorer.showTab('ReadPersons');
      await explorer.showsVariables(`"${id}"`);
      await explorer.remembered(id);
      await explorer.page.reload();
      await explorer.showsVariables(`"${id}"`);
      await explorer.page.waitForSelector(
        '[role=tab][aria-selected=true] button[title="ReadPersons"]',
      );
      expect(await explorer.page.locator('[role=tab]').count()).toBe(TABS.length);
      expect(explorer.wrong).toEqual([]);
    });

    it('hands the headers of its pane to queries and subscriptions of every tab, and keeps them nowhere', async () => {
      await open({ CALLER_KEYS: KEY, EXPLORER: 'true' });
      await explorer.showTab('WatchTeam');
      await explorer.run();
      await explorer.shows('"code": "UNAUTHENTICATED"');
      await explorer.typeHeaders(`{"x-api-key": "${KEY}"}`);
      const stream = streaming();
      await explorer.run();
      expect((await stream).status()).toBe(200);
      const { data } = await ask(gateway.url, { 'x-api-key': KEY }, SUBMIT);
      await explorer.shows(data.submitAnalysis.id);

      await explorer.showTab('CreditBalance');
      await explorer.showsVariables(KEY);
      upstream.credit = 4711;
      await explorer.run();
      await explorer.shows('"creditBalance": 4711');
      const kept = await explorer.page.evaluate(() =>
        JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
      );
      expect(kept).toContain('CreditBalance');
      expect(kept).not.toContain(KEY);
      expect(explorer.wrong).toEqual([]);
    });

    it('has room for every comment on a small screen, the documentation, and what was run before', async () => {
      await open({}, { width: 1_280, height: 800 });
      const { page } = explorer;
      for (const tab of TABS) {
        await page.locator(`button[title="${tab}"]`).dispatchEvent('click');
        await page.waitForSelector(`[role=tab][aria-selected=true] button[title="${tab}"]`);
        expect([tab, ...(await page.evaluate(brokenComments))]).toEqual([tab]);
      }

      await explorer.showTab('CreditBalance');
      await explorer.run();
      await explorer.shows('"creditBalance"');
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      await page.locator('.graphiql-plugin').getByText('HeadSwapTask', { exact: true }).click();
      await page.getByText('a video in which persons of an analysis get other faces').waitFor();

      await page.getByRole('button', { name: 'Show History' }).click();
      await explorer.showTab('SubmitAnalysis');
      await page.locator('.graphiql-plugin').getByText('CreditBalance', { exact: true }).click();
      await page.waitForFunction(() =>
        document.querySelector('.graphiql-query-editor')?.textContent.includes('CreditBalance'),
      );
      expect(explorer.wrong).toEqual([]);
    });
  },
);

interface Editor {
  getModel(): { getLinesContent(): string[]; uri: { path: string } } | null;
  getTopForLineNumber(line: number): number;
  getOffsetForColumn(line: number, column: number): number;
  getLayoutInfo(): { contentWidth: number; verticalScrollbarWidth: number };
}

/** The comments of the open tab that are wider than its pane, or wrapped in it. It runs in the page, where the editor can be asked. */
function brokenComments(): string[] {
  const { __MONACO: monaco } = globalThis as unknown as {
    __MONACO: { editor: { getEditors(): Editor[] } };
  };
  const editor = monaco.editor
    .getEditors()
    .find((one) => one.getModel()?.uri.path.endsWith('operation.graphql'));
  const lines = editor?.getModel()?.getLinesContent() ?? [];
  const comments = lines.filter((text) => text.startsWith('#'));
  if (editor === undefined || comments.length === 0) return ['There is no comment.'];
  const { contentWidth, verticalScrollbarWidth } = editor.getLayoutInfo();
  const heights = comments.map(
    (_text, index) => editor.getTopForLineNumber(index + 2) - editor.getTopForLineNumber(index + 1),
  );
  return comments.filter(
    (text, index) =>
      (heights[index] ?? 0) > Math.min(...heights) ||
      editor.getOffsetForColumn(index + 1, text.length + 1) > contentWidth - verticalScrollbarWidth,
  );
}
