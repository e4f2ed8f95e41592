import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const WIDTHS = { desktop: { width: 1280, height: 860 }, phone: { width: 375, height: 740 } };

declare const window: { readonly axe: typeof axe };

/** What is wrong with a page as it is, light and dark, wide and narrow: axe's violations, and whether it scrolls sideways. */
export async function audit(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const wrong: string[] = [];
  for (const [device, size] of Object.entries(WIDTHS)) {
    await page.setViewportSize(size);
    const excess = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (excess > 0) wrong.push(`${device}: ${excess} pixels wider than the screen`);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // In the dark nothing but the colours is another.
      const rules = colorScheme === 'dark' ? { runOnly: ['color-contrast'] } : {};
      const { violations } = await page.evaluate(
        (options) => window.axe.run({ resultTypes: ['violations'], ...options }),
        rules,
      );
      for (const { id, nodes } of violations) {
        wrong.push(
          `${device}, ${colorScheme}: ${id} at ${nodes.map(({ html }) => html).join(' ')}`,
        );
      }
    }
  }
  return wrong;
}
