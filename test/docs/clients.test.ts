import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');
const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

it('the guides of clients show the very code that is tested, and no other', () => {
  const tests = read('test/client/guides.test.ts');
  const blocks = [...page.matchAll(/<!-- code: (\S+) -->\n\n```ts\n([^]*?)```/g)];
  const files = readdirSync(new URL('../../docs/clients/', import.meta.url));
  expect(blocks.map(([, name]) => name).sort()).toEqual(
    files.map((name) => `docs/clients/${name}`).sort(),
  );
  expect(page.match(/^```[jt]sx?$/gm)).toHaveLength(blocks.length);
  for (const [, name = '', text] of blocks) {
    expect(text).toBe(read(name));
    expect(tests).toContain(`'../../${name}'`);
  }
});
