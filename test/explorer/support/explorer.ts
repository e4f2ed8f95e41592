import type { Browser, Page } from 'playwright-core';

const OPEN_PANE = '.graphiql-editor-tool .graphiql-editor:not(.hidden)';

/** The explorer, as somebody in front of it uses it. */
export interface Explorer {
  readonly page: Page;
  /** What the page asked of others, and what its policy had to stop. */
  readonly wrong: readonly string[];
  showTab(name: string): Promise<void>;
  run(): Promise<void>;
  /** Resolves when the answer, or the log of events, holds the text. */
  shows(text: string): Promise<void>;
  /** The same of the pane of variables, or of headers, whichever is open. */
  showsVariables(text: string): Promise<void>;
  typeHeaders(text: string): Promise<void>;
  /** GraphiQL writes what it remembers a moment later. */
  remembered(text: string): Promise<void>;
}

/** Opens the explorer of the gateway at `url` in a page of its own. */
export async function openExplorer(
  browser: Browser,
  url: string,
  viewport = { width: 2_200, height: 1_000 },
): Promise<Explorer> {
  const wrong: string[] = [];
  const page = await browser.newPage({ viewport });
  page.setDefaultTimeout(15_000);
  page.on('request', (request) => {
    const asked = request.url();
    if (!/^(data|blob):/.test(asked) && !asked.startsWith(url)) wrong.push(asked);
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
  await page.goto(url);
  await page.waitForSelector('.graphiql-execute-button');
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
  return {
    page,
    wrong,
    async showTab(name) {
      // Not with the mouse: the tabs slide into their places for a while, and clicks miss them meanwhile.
      await page.locator(`button[title="${name}"]`).dispatchEvent('click');
      await page.waitForSelector(`[role=tab][aria-selected=true] button[title="${name}"]`);
      // A tab is shown before its operation is the one that would run; GraphiQL then notes which that is.
      await page.waitForFunction((wanted) => {
        const state = localStorage.getItem('graphiql:tabState');
        const { tabs, activeTabIndex } = JSON.parse(state ?? '{"tabs":[],"activeTabIndex":0}');
        return tabs[activeTabIndex]?.operationName === wanted;
      }, name);
    },
    run: () => page.click('.graphiql-execute-button'),
    shows: (text) => holds('.result-window', text),
    showsVariables: (text) => holds(OPEN_PANE, text),
    async typeHeaders(text) {
      await page.getByRole('button', { name: 'Headers' }).click();
      // Its lines have a size a moment later than the pane, which takes no text before.
      await page.locator(`${OPEN_PANE} .view-lines`).click();
      await page.keyboard.insertText(text);
      await holds(OPEN_PANE, text);
    },
    async remembered(text) {
      await page.waitForFunction(
        (wanted) => localStorage.getItem('graphiql:tabState')?.includes(wanted),
        text,
      );
    },
  };
}
