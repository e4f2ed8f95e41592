import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway/gateway.ts';

const run = promisify(execFile);
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
let gateway: Gateway | null = null;

afterEach(async () => gateway?.stop());

it("the README's story runs as it stands there, from a video to its output", async () => {
  gateway = await startGateway();
  const story = /```sh\n(ask\(\).*?)```/s.exec(README)?.[1] ?? '';
  const lines = story.replaceAll('http://127.0.0.1:4000', gateway.url).split('\n');
  const [define = '', ...steps] = lines.filter((line) => line.startsWith('ask'));
  const ids: Record<string, string> = {};
  const step = async (line: string): Promise<string> => {
    const known = Object.entries(ids).map(([name, id]) => `${name}=${id}`);
    const { stdout } = await run('bash', ['-c', [define, ...known, line].join('\n')]);
    return stdout;
  };
  const idIn = (answer: string): string => /"id":"([^"]+)"/.exec(answer)?.[1] ?? 'none';

  const [submit = '', watchAnalysis = '', create = '', watchTask = ''] = steps;
  ids['ANALYSIS'] = idIn(await step(submit));
  expect(await step(watchAnalysis)).toMatch(/"status":"COMPLETED".*"objId":0.*event: complete/s);
  ids['TASK'] = idIn(await step(create));
  expect(await step(watchTask)).toMatch(
    /"status":"COMPLETED".*"outputUrl":"http.*event: complete/s,
  );
});
