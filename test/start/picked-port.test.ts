import { afterEach, expect, it } from 'vitest';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

afterEach(async () => {
  await killGateways();
  removeFolders();
});

it('a port that is picked is printed even where nothing is logged', async () => {
  const gateway = await spawnGateway(newFolder(), {
    AKOOL_API_KEY: 'key-of-the-account',
    LOG_LEVEL: 'silent',
  });
  expect(await gateway.ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
  expect(gateway.output()).toBe(`{"url":"${gateway.url}/graphql"}\n`);
});

it.each(['info', 'error'])('so is the one for operators, at the level %s', async (level) => {
  const gateway = await spawnGateway(newFolder(), {
    AKOOL_API_KEY: 'key-of-the-account',
    METRICS_PORT: '0',
    LOG_LEVEL: level,
  });
  const found = /"metrics":"(http:[^"]+)"/.exec(gateway.output())?.[1] ?? 'nothing';
  expect(found).not.toContain(new URL(gateway.url).host);
  expect((await fetch(found)).status).toBe(200);
});
