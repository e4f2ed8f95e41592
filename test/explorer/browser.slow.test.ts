import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { envFor } from '../support/gateway/stories.ts';
import { ask } from '../support/gateway/calling.ts';

const CHROMIUM = '/usr/bin/chromium';
const KEY = 'hsg_typed-into-the-headers-pane';
const SUBMIT =
  'mutation { submitAnalysis(input: { videoUrl: "https://example.com/v.mp4" }) { ... on Analysis { id } } }';

/** As root in a container, and quiet: nothing of the browser's own may be taken for the page's. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

describe.skipIf(!existsSync(CHROMIUM))(
  'the explorer in a browser (skipped where /usr/bin/chromium is not installed)',
  () => {
    let browser: Browser;
    let upstream: ScriptedUpstream;
    let gateway: Gateway;
    let page: Page;
    /** What the page asked of others, and what its policy had to stop. */
    let wrong: string[];

    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
    });
    afterAll(() => browser.close());

    const open = async (env: Record<string, string>): Promise<void> => {
      gateway = await startGateway({ env: { ...envFor(upstream), ...env } });
      page = await browser.newPage({ viewport: { width: 2_200, height: 1_000 } });
      page.setDefaultTimeout(15_000);
      page.on('request', (request) => {
        const url = request.url();
        if (!/^(data|blob):/.test(url) && !url.startsWith(gateway.url)) wrong.push(url);
      });
      page.on('console', (message) => {
        if (/Content Security Policy|violates/i.test(message.text())) wrong.push(message.text());
      });
      page.on('pageerror', (error) => wrong.push(error.message));
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
          // oxlint-disable-next-line no-console -- it runs in the page, whose console the test reads
          console.error(`violates ${violatedDirective}: ${blockedURI}`),
        );
      });
      await page.goto(gateway.url);
      await page.waitForSelector('.graphiql-execute-button');
    };

    beforeEach(async () => {
      wrong = [];
      upstream = await startScriptedUpstream();
    });
    afterEach(async () => {
      await page.close();
      await stopGateways();
      await upstream.stop();
    });

    const showTab = async (name: string): Promise<void> => {
      // Not with the mouse: the tabs slide into their places for a while, and clicks miss them meanwhile.
      await page.locator(`button[title="${name}"]`).dispatchEvent('click');
      await page.waitForSelector(`[role=tab][aria-selected=true] button[title="${name}"]`);
      // A tab is shown before its operation is the one that would run; GraphiQL then notes which that is.
      await page.waitForFunction((wanted) => {
        const state = localStorage.getItem('graphiql:tabState');
        const { tabs, activeTabIndex } = JSON.parse(state ?? '{"tabs":[],"activeTabIndex":0}');
        return tabs[activeTabIndex]?.operationName === wanted;
      }, name);
    };
    const run = (): Promise<void> => page.click('.graphiql-execute-button');
    const holds = async (selector: string, text: string): Promise<void> => {
      await page.waitForFunction(
        ([place = '', wanted = '']) =>
          // The editor writes spaces as no-break spaces.
          document
            .querySelector(place)
            ?.textContent.replace(/\u00A0/g, ' ')
            .includes(wanted),
        [selector, text],
      );
    };
    const shows = (text: string): Promise<void> => holds('.result-window', text);
    const showsVariables = (text: string): Promise<void> =>
      holds('.graphiql-editor-tool .graphiql-editor:not(.hidden)', text);
    /** GraphiQL writes what it remembers a moment later. */
    const remembered = async (text: string): Promise<void> => {
      await page.waitForFunction(
        (wanted) => localStorage.getItem('graphiql:tabState')?.includes(wanted),
        text,
      );
    };

    it('shows the story in its tabs, runs a query and follows a subscription, all by itself', async () => {
      await open({});
      const names = await page.locator('[role=tab] .graphiql-tab-button').allTextContents();
      expect(names).toEqual([
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
      ]);

      await showTab('CreditBalance');
      upstream.credit = 4711;
      await run();
      await shows('"creditBalance": 4711');

      await showTab('WatchTeam');
      const streaming = page.waitForResponse((response) =>
        String(response.headers()['content-type']).startsWith('text/event-stream'),
      );
      await run();
      await streaming;
      const { data } = await gateway.ask(SUBMIT);
      await shows(data.submitAnalysis.id);
      await shows('"status": "QUEUED"');
      upstream.setAnalysis(data.submitAnalysis.id, { status: 2, progress: 55 });
      await shows('"progress": 55');
      expect(wrong).toEqual([]);
    });

    it('runs its first tab as it is, and fills in variables for the others', async () => {
      await open({});
      await run();
      await shows('"__typename": "Analysis"');
      expect(upstream.requestsTo('analyze').length).toBe(1);
      await showsVariables('"videoUrl": "https://example.com/two-people.mp4"');

      await showTab('WatchAnalysis');
      await showsVariables('"id": "paste the id of the analysis here"');
      await showTab('CreateHeadSwapTask');
      await showsVariables('"analysisId": "paste the id of the analysis here"');
      expect(wrong).toEqual([]);
    });

    it('is as it was after a reload', async () => {
      await open({});
      await run();
      await shows('"__typename": "Analysis"');
      await remembered('"activeTabIndex":0');
      await page.reload();
      await showsVariables('"videoUrl": "https://example.com/two-people.mp4"');
      expect(await page.locator('[role=tab]').count()).toBe(12);

      await showTab('ReadPersons');
      await remembered('"activeTabIndex":2');
      await page.reload();
      await showsVariables('"id": "paste the id of the analysis here"');
      await page.waitForSelector('[role=tab][aria-selected=true] button[title="ReadPersons"]');
      expect(await page.locator('[role=tab]').count()).toBe(12);
      expect(wrong).toEqual([]);
    });

    it('hands the headers of its pane to queries and subscriptions', async () => {
      await open({ CALLER_KEYS: KEY, EXPLORER: 'true' });
      await showTab('WatchTeam');
      await page.getByRole('button', { name: 'Headers' }).click();
      await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden)').click();
      await page.keyboard.insertText(`{"x-api-key": "${KEY}"}`);
      const streaming = page.waitForResponse((response) =>
        String(response.headers()['content-type']).startsWith('text/event-stream'),
      );
      await run();
      expect((await streaming).status()).toBe(200);
      const { data } = await ask(gateway.url, { 'x-api-key': KEY }, SUBMIT);
      await shows(data.submitAnalysis.id);
      expect(wrong).toEqual([]);
    });
  },
);
