import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startWithUpstream, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { completeAnalysis, createTask, finishTask } from '../support/gateway/stories.ts';
import { CHROMIUM, launchChromium } from '../support/processes/chromium.ts';

describe.skipIf(!existsSync(CHROMIUM))(
  "a browser's EventSource (skipped where /usr/bin/chromium is not installed)",
  () => {
    let upstream: ScriptedUpstream;
    let gateway: Gateway;
    beforeEach(async () => {
      ({ upstream, gateway } = await startWithUpstream());
    });
    afterEach(stopGateways);

    it('asks twice for a job that ends, and never again', async () => {
      const task = await createTask(gateway, await completeAnalysis(gateway, upstream));
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        const answers: number[] = [];
        page.on('response', (response) => {
          if (response.url().includes('query=')) answers.push(response.status());
        });
        // An empty page of the gateway's own site, with no policy against what it asks.
        await page.route(`${gateway.url}/page`, (route) =>
          route.fulfill({ contentType: 'text/html', body: '<title>empty</title>' }),
        );
        await page.goto(`${gateway.url}/page`);
        const search = new URLSearchParams({
          query: `subscription { headSwapTaskStatusChanged(id: "${task}") { status } }`,
        });
        const watched = page.evaluate(async (url) => {
          const source = new EventSource(url);
          const seen: string[] = [];
          source.addEventListener('next', ({ data, lastEventId }) => {
            seen.push(`${lastEventId}: ${data}`);
            document.title = `seen ${seen.length}`;
          });
          await new Promise<void>((resolve) => {
            source.addEventListener('error', () => {
              if (source.readyState === EventSource.CLOSED) resolve();
            });
          });
          return seen;
        }, `/graphql?${search}`);
        await page.waitForFunction(() => document.title === 'seen 1');
        finishTask(upstream, task);
        expect(await watched).toEqual([
          '1: {"data":{"headSwapTaskStatusChanged":{"status":"QUEUED"}}}',
          '2: {"data":{"headSwapTaskStatusChanged":{"status":"COMPLETED"}}}',
        ]);
        expect(answers).toEqual([200, 204]);
      } finally {
        await browser.close();
      }
    });
  },
);
