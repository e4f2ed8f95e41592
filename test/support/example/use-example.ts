import { existsSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import {
  buildExample,
  serveExample,
  type ServedExample,
} from '../../../scripts/example/example-app.ts';
import { installExample } from '../../../scripts/example/install-example.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { startSandbox, type Sandbox } from '../../../src/sandbox/sandbox.ts';
import { startGateway, stopGateways, type Gateway } from '../gateway/gateway.ts';
import { CHROMIUM, launchChromium } from '../processes/chromium.ts';
import { freePort } from '../processes/free-port.ts';
import { newFolder, removeFolders } from '../processes/folder.ts';
import { isMissing, isSet } from '../processes/system-server.ts';
import { handClock } from '../../sandbox/support.ts';

/** How long a job takes by the sandbox's clock, which only `move` moves. */
const ANALYSIS_MS = 10_000;
const TASK_MS = 10_000;

/** How long the sandbox holds back an answer that is to be late, by the same clock. */
const LATE_MS = 20_000;

/** For the titles of the tests. */
export const SKIPPED =
  '(skipped where /usr/bin/chromium or what the example is built with cannot be had)';

/** False: there is no browser, or what the example is built with cannot be installed. With `CI` set it then throws. */
export function canRunExample(): boolean {
  if (isMissing('chromium') || !existsSync(CHROMIUM)) return false;
  if (installExample()) return true;
  if (isSet(process.env['CI']))
    throw new Error('CI cannot install what the example is built with.');
  return false;
}

/** The built example in front of a gateway in front of a sandbox whose time stands still. */
export interface Example {
  readonly url: string;
  /** The sandbox's two people, under a name that says what else is to happen. */
  videoUrl(cards?: string): string;
  faceUrl(cards?: string): string;
  /** Moves the sandbox's time by so many per cent of a job's. */
  move(percent: number): void;
  /** Lets the answers go that the sandbox holds back. */
  answerLate(): void;
  /** Creates that reached the sandbox, refused ones included. */
  creates(): number;
  /** Tasks that the sandbox made. */
  tasks(): number;
  /** The gateway's own time, by so many hours, without a wait. */
  passHours(hours: number): void;
  stopGateway(): Promise<void>;
  startGateway(): Promise<void>;
  /** A page of a browser that has never been here, at its start unless told otherwise. */
  open(options?: BrowserContextOptions, path?: string): Promise<Page>;
}

/** For the head of a test file. */
export function useExample(): Example {
  const clock = handClock();
  let browser: Browser;
  let sandbox: Sandbox;
  let app: ServedExample;
  let gateway: Gateway;
  let env: Record<string, string>;
  let hours = 0;
  /** What the pages threw and nobody caught. */
  const pageErrors: string[] = [];

  const startAgain = async (folder?: string): Promise<void> => {
    gateway = await startGateway({
      env,
      clock: { ...systemClock, now: () => systemClock.now() + hours * 3_600_000 },
      ...(folder !== undefined && { folder }),
    });
  };

  beforeAll(async () => {
    const outDir = newFolder();
    buildExample(outDir);
    browser = await launchChromium();
    sandbox = await startSandbox({
      clock,
      analysisMs: ANALYSIS_MS,
      taskMs: TASK_MS,
      lateAnswerMs: LATE_MS,
    });
    const port = await freePort();
    const gatewayPort = await freePort();
    env = {
      PORT: String(gatewayPort),
      // Without it AKOOL could not read what is uploaded.
      PUBLIC_URL: `http://127.0.0.1:${gatewayPort}`,
      AKOOL_CLIENT_ID: sandbox.clientId,
      AKOOL_API_KEY: sandbox.apiKey,
      AKOOL_BASE_URL: sandbox.url,
      MEDIA_URL: `file:${newFolder()}`,
      ALLOWED_ORIGINS: `http://127.0.0.1:${port}`,
      POLL_MIN_MS: '50',
      POLL_MAX_MS: '200',
      POLL_BUDGET_PER_SECOND: '1000',
    };
    await startAgain();
    app = await serveExample({ outDir, gatewayUrl: gateway.url, sandboxUrl: sandbox.url, port });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(pageErrors.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await app.stop();
    await stopGateways();
    await sandbox.close();
    removeFolders();
  });

  return {
    get url() {
      return app.url;
    },
    videoUrl: (cards = 'two-people') => `${sandbox.url}/samples/${cards}.mp4`,
    faceUrl: (cards = 'face') => `${sandbox.url}/samples/${cards}.png`,
    move: (percent) => clock.move((percent / 100) * TASK_MS),
    answerLate: () => clock.move(LATE_MS),
    creates: () => sandbox.stats().requests.create,
    tasks: () => sandbox.stats().tasks.length,
    passHours: (more) => {
      hours += more;
    },
    stopGateway: () => gateway.stop(),
    startGateway: () => startAgain(gateway.folder),
    async open(options = {}, path = '/') {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 860 },
        reducedMotion: 'reduce',
        ...options,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      page.on('pageerror', ({ message }) => pageErrors.push(message));
      await page.goto(`${app.url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      return page;
    },
  };
}
