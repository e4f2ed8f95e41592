import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { CHROMIUM, launchChromium } from '../support/processes/chromium.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

const CLIENT = fileURLToPath(new URL('../../packages/client/src/', import.meta.url));

/** Two programs as one script, under the name `client`. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { askOverFetch } from './ask.ts'; export { upload } from './upload.ts';`,
      resolveDir: CLIENT,
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'client',
  });
  return outputFiles[0]?.text ?? '';
}

describe.skipIf(!existsSync(CHROMIUM))(
  'upload in a browser (skipped where /usr/bin/chromium is not installed)',
  () => {
    let browser: Browser;
    let gateway: Gateway;

    beforeAll(async () => {
      gateway = await startGateway({ env: { MEDIA_URL: `file:${newFolder()}` } });
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser.close();
      await stopGateways();
      removeFolders();
    });

    it('tells how much was sent while it is sent', async () => {
      const page = await browser.newPage();
      await page.goto(`${gateway.url}/graphql`);
      const program = `${await bundle()}
        const canvas = Object.assign(document.createElement('canvas'), { width: 1500, height: 1500 });
        const context = canvas.getContext('2d');
        const image = context.createImageData(1500, 1500);
        for (let index = 0; index < image.data.length; index += 1) image.data[index] = index % 4 === 3 ? 255 : Math.random() * 256;
        context.putImageData(image, 0, 0);
        new Promise((resolve) => canvas.toBlob(resolve, 'image/png')).then(async (file) => {
          const sent = [];
          const result = await client.upload({
            ask: client.askOverFetch({ url: '/graphql' }),
            file,
            purpose: 'FACE',
            onProgress: (bytes) => sent.push(bytes),
          });
          return { result, sent, size: file.size };
        });`;
      const { result, sent, size } = (await page.evaluate(program)) as {
        result: unknown;
        sent: number[];
        size: number;
      };
      expect(result).toMatchObject({ __typename: 'Upload', status: 'READY', width: 1500 });
      expect(sent.at(-1)).toBe(size);
      expect(sent).toEqual([...sent].sort((one, other) => one - other));
    });
  },
);
